import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { ServiceUnavailable } from '@firesteel/http/internal-client';
import { createGateway } from '../gateway.ts';
import { listenAnywhere } from '../test/fake-services.ts';
import { allowed, signedFor } from '../test/gateway-under-test.ts';

/** What the authorizer says next; a policy that looks at tags is told them once it has asked. */
let verdict: object = allowed;
let looksAtTags: object | undefined;
let trailIsAway = false;
const seen: string[] = [];

/** An object store that reads and counts; `/hang` never answers, `/broken` stops in the middle of an answer. */
const store = createServer((incoming, response) => {
  const { method, url, headers } = incoming;
  seen.push(`${method} ${url}`);
  incoming.on('error', () => undefined);
  incoming.once('close', () => seen.push(incoming.complete ? 'whole' : 'cut'));
  if (url === '/bucket/hang') {
    incoming.resume();
    return;
  }
  const hash = createHash('sha256');
  let size = 0;
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length;
    hash.update(chunk);
  });
  incoming.once('end', () => {
    if (url === '/bucket/broken') {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
      return;
    }
    if (url?.endsWith('?tagging')) {
      const [status, body] = tagging(url, headers);
      response.writeHead(status);
      response.end(body);
      return;
    }
    if (url?.startsWith('/theirs')) {
      response.writeHead(404, {
        'x-firesteel-denied': 'the%20account%20has%20no%20bucket%20theirs',
      });
      response.end('<Error/>');
      return;
    }
    response.writeHead(200, { 'x-amz-meta-kept': 'yes' });
    response.end(
      JSON.stringify({
        size,
        sha256: hash.digest('hex'),
        te: headers['transfer-encoding'],
        headers,
      }),
    );
  });
});

/** The store's tags of objects: of one key, for its owner and whoever is let in. */
function tagging(url: string, headers: IncomingHttpHeaders): [number, string] {
  if (url === '/bucket/broken?tagging') return [500, ''];
  const open = url.startsWith('/bucket/') || headers['x-firesteel-opened'] === 'lake=111111111111';
  if (!open || !url.includes('a%2Fb%20%26')) return [404, '<Error/>'];
  const tags = ['<Key>security</Key><Value>a &amp; b&#xe9;</Value>', '<Key>x</Key><Value></Value>'];
  const all = tags.map((tag) => `<Tag>${tag}</Tag>`).join('');
  return [200, `<Tagging><TagSet>${all}</TagSet></Tagging>`];
}

let gateway: Server;
let port: number;
/** What the authorizer was asked. */
const questions: object[] = [];
const client = {
  call: async (_method: string, path: string, { body = {} }: { body?: object } = {}) => {
    questions.push(body);
    if (path === '/v1/denials' && trailIsAway) throw new ServiceUnavailable('no answer');
    if (looksAtTags && 'resourceTags' in body && body.resourceTags === null)
      return { ...allowed, allowed: null, needs: 'resourceTags', ...looksAtTags };
    return verdict;
  },
};

beforeAll(async () => {
  const storePort = await listenAnywhere(store);
  gateway = createGateway({
    services: {
      registry: client,
      scheduler: client,
      capacity: client,
      authorizer: client,
      billing: client,
    },
    region: 'us-east-1',
    objectStoreUrl: `http://127.0.0.1:${storePort}`,
    serviceAuthorization: () => 'Bearer gateway',
    isReady: async () => true,
    log: { error: () => undefined },
  });
  port = await listenAnywhere(gateway);
});
afterAll(async () => {
  for (const server of [gateway, store]) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});
beforeEach(() => {
  verdict = allowed;
  trailIsAway = false;
  looksAtTags = undefined;
  seen.length = 0;
  questions.length = 0;
});

const open = (method: string, path: string, headers: Record<string, string> = {}) =>
  request({
    port,
    host: '127.0.0.1',
    method,
    path,
    headers: { ...signedFor('s3'), ...headers },
    agent: false,
  });
const answerOf = (outgoing: ReturnType<typeof open>) =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      outgoing.once('error', reject);
      outgoing.once('response', (answer) => {
        text(answer)
          .then((body) =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }),
          )
          .catch(reject);
      });
    },
  );
const until = async (happened: () => boolean): Promise<void> => {
  while (!happened()) await new Promise((tick) => setTimeout(tick, 5));
};

const block = Buffer.alloc(64 * 1024, 'firesteel ');
const blocks = 160;
const sha256 = createHash('sha256')
  .update(Buffer.concat(Array(blocks).fill(block)))
  .digest('hex');

it.each<[string, Record<string, string>, string | undefined]>([
  ['of a known length', { 'content-length': String(block.length * blocks) }, undefined],
  ['in chunks', { 'transfer-encoding': 'chunked' }, 'chunked'],
])('streams 10 MiB %s, byte for byte', async (_name, headers, te) => {
  const outgoing = open('PUT', '/bucket/key', headers);
  const answered = answerOf(outgoing);
  for (let index = 0; index < blocks; index++)
    if (!outgoing.write(block)) await new Promise((drained) => outgoing.once('drain', drained));
  outgoing.end();
  const answer = await answered;
  expect(answer.headers['x-amz-meta-kept']).toBe('yes');
  const { headers: _, ...told } = JSON.parse(answer.body);
  expect(told).toEqual({ size: block.length * blocks, sha256, ...(te ? { te } : {}) });
});

it('lets nobody but itself speak for an account, nor pass a signature on', async () => {
  const outgoing = open('PUT', '/bucket/key', {
    'X-Firesteel-Account': '999999999999',
    'x-firesteel-principal': 'arn:aws:iam::999999999999:root',
    'x-firesteel-payload-seal': 'forged',
    'x-firesteel-anything': 'else',
    'proxy-authorization': 'Basic a',
    te: 'trailers',
  });
  const answered = answerOf(outgoing);
  outgoing.end();
  const { headers } = JSON.parse((await answered).body);
  expect(headers).toMatchObject({
    authorization: 'Bearer gateway',
    'x-firesteel-account': allowed.accountId,
    'x-firesteel-principal': allowed.principal,
    'x-firesteel-payload-seal': Buffer.from(JSON.stringify(allowed.seal)).toString('base64url'),
  });
  for (const name of ['x-firesteel-anything', 'proxy-authorization', 'te', 'expect'])
    expect(headers).not.toHaveProperty(name);
});

it('asks for both ends of a copy, for the names of a listing, and says where a request is from', async () => {
  const copy = open('PUT', '/bucket/key?partNumber=1&uploadId=u', {
    'x-amz-copy-source': 'other/a%20b?versionId=null',
  });
  const copied = answerOf(copy);
  copy.end();
  const { headers } = JSON.parse((await copied).body);
  expect(headers['x-firesteel-source-ip']).toMatch(/127\.0\.0\.1$/);
  const list = open('GET', '/bucket?list-type=2&prefix=a/');
  const listed = answerOf(list);
  list.end();
  await listed;
  expect(questions).toMatchObject([
    {
      action: 's3:PutObject',
      resource: 'arn:aws:s3:::bucket/key',
      copySource: { action: 's3:GetObjectVersion', resource: 'arn:aws:s3:::other/a b' },
    },
    { action: 's3:ListBucket', reach: { kind: 'names', prefix: 'a/' } },
  ]);
});

it('tells the store which buckets of other accounts are open to a request, and nobody else does', async () => {
  const seenByStore = async () => {
    const headers = { 'x-firesteel-opened': 'forged=999999999999' };
    const { body } = await answerOf(open('GET', '/lake/key', headers).end());
    return JSON.parse(body).headers;
  };
  expect(await seenByStore()).not.toHaveProperty('x-firesteel-opened');
  const [lake, sea] = [
    { bucket: 'lake', accountId: '111111111111' },
    { bucket: 'sea', accountId: '222222222222' },
  ];
  verdict = { ...allowed, opened: [lake] };
  expect(await seenByStore()).toHaveProperty('x-firesteel-opened', 'lake=111111111111');
  verdict = { ...allowed, opened: [lake, sea] };
  expect(await seenByStore()).toHaveProperty(
    'x-firesteel-opened',
    'lake=111111111111,sea=222222222222',
  );
});

describe('tags of an object that is there', () => {
  const tags = { security: 'a & bé', x: '' };
  const copying = { 'x-amz-copy-source': '/lake/a/b%20%26' };
  it.each<[string, string, string, Record<string, string>, object, object]>([
    ['read', 'GET', '/bucket/a/b%20%26', {}, {}, tags],
    ['headed', 'HEAD', '/bucket/a/b%20%26', {}, {}, tags],
    ['that is not there', 'GET', '/bucket/none', {}, {}, {}],
    ['hidden', 'GET', '/lake/a/b%20%26', {}, {}, {}],
    [
      'of an open bucket',
      'GET',
      '/lake/a/b%20%26',
      {},
      { opened: [{ bucket: 'lake', accountId: '111111111111' }] },
      tags,
    ],
    [
      'that is copied',
      'PUT',
      '/bucket/copy',
      copying,
      { opened: [{ bucket: 'lake', accountId: '111111111111' }] },
      tags,
    ],
  ])('are told when a policy looks at them: of one %s', async (...row) => {
    const [, method, path, headers, asks, told] = row;
    looksAtTags = asks;
    const answer = await answerOf(open(method, path, headers).end());
    expect(answer.status).toBe(200);
    expect(questions).toMatchObject([{ resourceTags: null }, { resourceTags: told }]);
  });

  it.each([
    ['GET', '/bucket/key'],
    ['PUT', '/bucket/key?tagging'],
    ['GET', '/bucket/key?acl'],
  ])('are not read when no policy does: %s %s', async (method, path) => {
    await answerOf(open(method, path).end());
    expect(questions).toMatchObject([{ resourceTags: null }]);
    expect(seen).toEqual([`${method} ${path}`, 'whole']);
  });

  it.each([
    ['PUT', '/bucket/key'],
    ['DELETE', '/bucket/key'],
    ['GET', '/bucket'],
    ['GET', '/bucket?tagging'],
    ['POST', '/bucket/key?uploads'],
  ])('are no condition of %s %s', async (method, path) => {
    await answerOf(open(method, path).end());
    expect(questions).toMatchObject([{ resourceTags: undefined }]);
  });

  it('are needed: without them nothing is decided', async () => {
    looksAtTags = {};
    const answer = await answerOf(open('GET', '/bucket/broken').end());
    expect([answer.status, questions.length]).toEqual([503, 1]);
  });

  it('of a new one are keys of their own', async () => {
    const tagged = { 'x-amz-tagging': 'security=public&a%20b=c+d&e' };
    await answerOf(open('PUT', '/bucket/key', tagged).end());
    await answerOf(open('PUT', '/bucket/key', { 'x-amz-tagging': '' }).end());
    expect(questions).toMatchObject([
      {
        context: {
          's3:RequestObjectTag/security': 'public',
          's3:RequestObjectTag/a b': 'c d',
          's3:RequestObjectTag/e': '',
          's3:RequestObjectTagKeys': ['security', 'a b', 'e'],
        },
      },
      { context: expect.not.objectContaining({ 's3:RequestObjectTagKeys': expect.anything() }) },
    ]);
  });

  it('of a new one are those that the store will read, however many lines they come in', async () => {
    const headers = { ...signedFor('s3'), 'x-amz-tagging': ['a=b', 'c=d'] };
    const at = { port, host: '127.0.0.1', method: 'PUT', path: '/bucket/key', agent: false };
    const { body } = await answerOf(request({ ...at, headers }).end());
    expect(JSON.parse(body).headers['x-amz-tagging']).toBe('a=b, c=d');
    expect(questions).toMatchObject([{ context: { 's3:RequestObjectTag/a': 'b, c=d' } }]);
  });
});

it('takes all lines of a copy’s source for one, as the store does', async () => {
  const outgoing = request({
    port,
    host: '127.0.0.1',
    method: 'PUT',
    path: '/bucket/key',
    headers: { ...signedFor('s3'), 'x-amz-copy-source': ['one/a', 'two/b'] },
    agent: false,
  });
  const answered = answerOf(outgoing);
  outgoing.end();
  const { headers } = JSON.parse((await answered).body);
  expect(headers['x-amz-copy-source']).toBe('one/a, two/b');
  expect(questions).toMatchObject([{ copySource: { resource: 'arn:aws:s3:::one/a, two/b' } }]);
});

it('asks for a body only once the request is allowed', async () => {
  const expecting = { expect: '100-continue', 'content-length': '4' };
  const accepted = open('PUT', '/bucket/key', expecting);
  const answered = answerOf(accepted);
  accepted.flushHeaders();
  await new Promise((told) => accepted.once('continue', told));
  accepted.end('data');
  expect((await answered).status).toBe(200);

  verdict = { allowed: false, code: 'AccessDenied', status: 403, message: 'no' };
  seen.length = 0;
  const denied = open('PUT', '/bucket/key', expecting);
  let asked = false;
  denied.once('continue', () => {
    asked = true;
  });
  const refusal = answerOf(denied);
  denied.flushHeaders();
  expect([(await refusal).status, asked, seen]).toEqual([403, false, []]);
  denied.destroy();
});

it('cuts the store’s request when its client goes away', async () => {
  const outgoing = open('PUT', '/bucket/hang', { 'content-length': '1000000' });
  outgoing.on('error', () => undefined);
  outgoing.write(block);
  await until(() => seen.includes('PUT /bucket/hang'));
  outgoing.destroy();
  await until(() => seen.length > 1);
  expect(seen).toEqual(['PUT /bucket/hang', 'cut']);
});

it('does not pass half an answer off as a whole one, and goes on', async () => {
  const broken = open('GET', '/bucket/broken');
  const answered = answerOf(broken);
  broken.end();
  await expect(answered).rejects.toThrow();
  const next = open('GET', '/bucket/key');
  const fine = answerOf(next);
  next.end();
  expect((await fine).status).toBe(200);
});

it('has what the store denies in the trail before it is answered, and says nothing of that', async () => {
  const denied = await answerOf(open('GET', '/theirs/key').end());
  expect([denied.status, denied.body]).toEqual([404, '<Error/>']);
  expect(denied.headers).not.toHaveProperty('x-firesteel-denied');
  expect(questions.at(-1)).toEqual({
    service: 's3',
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::theirs/key',
    accountId: allowed.accountId,
    principal: allowed.principal,
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    sourceIp: '127.0.0.1',
    reason: 'the account has no bucket theirs',
  });
  trailIsAway = true;
  expect((await answerOf(open('GET', '/theirs/key').end())).status).toBe(503);
});
