// Whatever single byte of a signed request is changed, the request is refused.
import { percentBytes, rawParameters } from './canonical-request.ts';
import { parseAuthorization, type ReceivedRequest } from './signed-request.ts';
import {
  hexSha256,
  type Intended,
  NOW,
  rawQueryOf,
  SECRET,
  signedBySmithy,
  signer,
} from './test/signing.ts';
import { verify } from './verify.ts';

/** A request and its body as they arrive. */
type Sent = { readonly received: ReceivedRequest; readonly body: string };

function isAccepted({ received, body }: Sent, service: string): boolean {
  const parsed = parseAuthorization(received);
  // The key is looked up by its id: under another there is nobody.
  if (!parsed.ok || parsed.request.accessKeyId !== 'AKIDEXAMPLE') return false;
  const bodySha256 = hexSha256(Buffer.from(body, 'latin1'));
  const result = verify({
    request: parsed.request,
    secretAccessKey: SECRET,
    now: NOW,
    // What the gateway serves on this door; another region is another installation's.
    expected: { services: [service], regions: ['us-east-1'] },
    bodySha256,
  });
  if (!result.ok) return false;
  const { seal } = result;
  return seal.mode !== 'sha256' || seal.sha256 === bodySha256;
}

/** What a request says: two that say the same differ in how escapes and white space are written. */
function meaningOf({ received, body }: Sent, service: string): string {
  const { method, rawPath, rawQuery, headers } = received;
  const path = service === 's3' ? rawPath.split('/').map(percentBytes) : rawPath;
  const query = rawParameters(rawQuery).map((pair) =>
    pair.map((part) => percentBytes(service === 's3' ? part.replaceAll('+', ' ') : part)),
  );
  const values = headers.map(([name, value]) => {
    const plain = value.replace(/[ \t\r\n]+/g, ' ').trim();
    return [name, name === 'authorization' ? plain.replaceAll(/\s*,\s*/g, ',') : plain];
  });
  return JSON.stringify([method, path, query, values, body]);
}

/** Numbers below a bound, the same at every run. */
function chanceFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Another byte in the place of one of a text's. */
function changed(text: string, chance: (below: number) => number): string {
  const at = chance(text.length);
  const other = text.charCodeAt(at) ^ (1 + chance(255));
  return text.slice(0, at) + String.fromCharCode(other) + text.slice(at + 1);
}

type Part = 'method' | 'path' | 'query' | 'body' | number;

const textOf = ({ received, body }: Sent, part: Part): string => {
  if (typeof part === 'number') return received.headers[part]?.[1] ?? '';
  const { method, rawPath: path, rawQuery: query } = received;
  return { method, path, query, body }[part];
};

function replaced(sent: Sent, part: Part, text: string): Sent {
  const { received } = sent;
  if (part === 'body') return { ...sent, body: text };
  if (typeof part !== 'number') {
    const member = { method: 'method', path: 'rawPath', query: 'rawQuery' }[part];
    return { ...sent, received: { ...received, [member]: text } };
  }
  const name = received.headers[part]?.[0] ?? '';
  return { ...sent, received: { ...received, headers: received.headers.with(part, [name, text]) } };
}

/** Every part that is signed: S3 has the body of a presigned or unsigned request checked by nobody. */
const partsOf = (sent: Sent, service: string): Part[] => {
  const bodyIsSigned =
    service !== 's3' ||
    sent.received.headers.some(
      ([name, value]) => /content-sha256/.test(name) && value.length === 64,
    );
  const parts: Part[] = [
    'method',
    'path',
    'query',
    ...(bodyIsSigned ? (['body'] as const) : []),
    ...sent.received.headers.keys(),
  ];
  return parts.filter((part) => textOf(sent, part) !== '');
};

const plain: Intended = {
  method: 'POST',
  path: '/applications/00f1cbsc6anuij25/jobruns',
  query: { states: ['RUNNING', 'FAILED'], nextToken: 'a+b/c d' },
  headers: { host: 'localhost:4580', 'content-type': 'application/json', 'x-amz-meta': 'a  b' },
  body: '{"name":"nightly","jobDriver":{"sparkSubmit":{"entryPoint":"s3://bucket/main.py"}}}',
};
const arn = encodeURIComponent('arn:aws:emr-serverless:us-east-1:1:/applications/1');
const form: Intended = {
  method: 'POST',
  path: '/',
  query: {},
  headers: { host: 'localhost:4580', 'content-type': 'application/x-www-form-urlencoded' },
  body: 'Action=AttachUserPolicy&UserName=alice&PolicyArn=arn%3Aaws%3Aiam%3A%3A1%3Apolicy%2Fread',
};

async function presigned(): Promise<ReceivedRequest> {
  const { query = {} } = await signer('s3', 'token/+=').presign(
    {
      method: 'GET',
      protocol: 'http:',
      hostname: 'localhost',
      path: '/bucket/a%20b/%2F..c',
      query: { 'response-content-type': 'text/plain' },
      headers: { host: 'localhost:4580', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    },
    { expiresIn: 600, signingDate: NOW },
  );
  const headers = [['host', 'localhost:4580']] as const;
  return { method: 'GET', rawPath: '/bucket/a%20b/%2F..c', rawQuery: rawQueryOf(query), headers };
}

const s3Headers = (hash: string) => ({
  host: 'localhost:4580',
  'x-amz-content-sha256': hash,
  'x-amz-meta-note': 'kept',
});

type Signing = readonly [name: string, service: string, make: () => Promise<Sent>];
const signings: readonly Signing[] = [
  [
    'a JSON call with a session token',
    'emr-serverless',
    async () => ({
      received: await signedBySmithy(plain, 'emr-serverless', 'session/token+='),
      body: plain.body,
    }),
  ],
  [
    'a path with an ARN in it',
    'emr-serverless',
    async () => {
      const tags = { ...plain, method: 'DELETE', path: `/tags/${arn}`, query: { tagKeys: 'a b' } };
      return { received: await signedBySmithy({ ...tags, body: '' }), body: '' };
    },
  ],
  [
    'a form of the query protocol',
    'iam',
    async () => ({ received: await signedBySmithy(form, 'iam'), body: form.body }),
  ],
  [
    'an object with its digest',
    's3',
    async () => {
      const headers = s3Headers(hexSha256('content'));
      const put = { ...plain, method: 'PUT', path: '/bucket/a%20b//..', headers, body: 'content' };
      return { received: await signedBySmithy(put, 's3', 'token'), body: 'content' };
    },
  ],
  ...[
    'UNSIGNED-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  ].map(
    (hash): Signing => [
      `an object with ${hash}`,
      's3',
      async () => {
        const put = { ...plain, method: 'PUT', path: '/bucket/key', headers: s3Headers(hash) };
        return { received: await signedBySmithy({ ...put, body: '' }, 's3'), body: '' };
      },
    ],
  ),
  ['a presigned request', 's3', async () => ({ received: await presigned(), body: '' })],
];

/** Nine requests: more than 100,000 that say something else than what was signed. */
const mutationsOfEach = 12_000;

it.each(signings)('refuses every changed byte of %s', async (_name, service, make) => {
  const sent = await make();
  expect(isAccepted(sent, service)).toBe(true);
  const chance = chanceFrom(6);
  const parts = partsOf(sent, service);
  const accepted: Sent[] = [];
  for (let tried = 0; tried < mutationsOfEach; tried += 1) {
    const part = parts[chance(parts.length)] ?? 'path';
    const mutant = replaced(sent, part, changed(textOf(sent, part), chance));
    if (isAccepted(mutant, service)) accepted.push(mutant);
  }
  // %2f for %2F in a query, a tab for a blank in a header: the same said in other words, and few.
  const meaning = meaningOf(sent, service);
  expect(accepted.filter((mutant) => meaningOf(mutant, service) !== meaning)).toEqual([]);
  expect(accepted.length).toBeLessThan(mutationsOfEach / 50);
});

describe('replayed elsewhere', () => {
  const header = (sent: Sent, name: string, change: (value: string) => string): Sent => ({
    ...sent,
    received: {
      ...sent.received,
      headers: sent.received.headers.map(([other, value]) => [
        other,
        other === name ? change(value) : value,
      ]),
    },
  });
  const path = (sent: Sent, rawPath: string): Sent => ({
    ...sent,
    received: { ...sent.received, rawPath },
  });
  const query = (sent: Sent, change: (rawQuery: string) => string): Sent => ({
    ...sent,
    received: { ...sent.received, rawQuery: change(sent.received.rawQuery) },
  });
  const credential = (sent: Sent, from: string, to: string): Sent =>
    query(
      header(sent, 'authorization', (value) => value.replace(from, to)),
      (rawQuery) => rawQuery.replace(from.replaceAll('/', '%2F'), to.replaceAll('/', '%2F')),
    );
  const changes: readonly (readonly [string, (sent: Sent) => Sent])[] = [
    ['to another host', (sent) => header(sent, 'host', () => 'elsewhere:4580')],
    ['to another port', (sent) => header(sent, 'host', () => 'localhost:80')],
    ['as of another region', (sent) => credential(sent, '/us-east-1/', '/eu-west-1/')],
    ['as of another day', (sent) => credential(sent, '/20260301/', '/20260302/')],
    ['as of another service', (sent) => credential(sent, '/us-east-1/', '/us-east-1/x')],
    ['under another path', (sent) => path(sent, `${sent.received.rawPath}x`)],
    [
      'with a slash as an escape',
      (sent) => path(sent, sent.received.rawPath.replace(/\/(?=[^/]*$)/, '%2F')),
    ],
    ['with a parameter more', (sent) => query(sent, (text) => `${text}&acl`)],
    [
      'with an x-amz header that is not signed',
      ({ received, ...sent }) => ({
        ...sent,
        received: { ...received, headers: [...received.headers, ['x-amz-acl', 'public-read']] },
      }),
    ],
    [
      'with a signed header twice',
      ({ received, ...sent }) => ({
        ...sent,
        received: { ...received, headers: [...received.headers, ['host', 'elsewhere']] },
      }),
    ],
  ];
  it.each(signings)('%s is refused', async (_name, service, make) => {
    const sent = await make();
    const letIn = changes.filter(([, change]) => isAccepted(change(sent), service));
    expect(letIn.map(([name]) => name)).toEqual([]);
  });

  it('S3 resolves nothing in a path, neither dots nor doubled slashes', async () => {
    const put = { ...plain, method: 'PUT', path: '/bucket/b', headers: s3Headers(hexSha256('')) };
    const sent = { received: await signedBySmithy({ ...put, body: '' }, 's3'), body: '' };
    const tricks = ['/bucket/a/../b', '/bucket//b', '/bucket/./b', '//bucket/b', '/bucket%2Fb'];
    expect(tricks.filter((trick) => isAccepted(path(sent, trick), 's3'))).toEqual([]);
  });

  it('a plus in a query of S3 is the space that it is read as', async () => {
    const list = { ...plain, method: 'GET', path: '/bucket', headers: s3Headers(hexSha256('')) };
    const signedWith = async (prefix: string): Promise<Sent> => ({
      received: await signedBySmithy({ ...list, query: { prefix }, body: '' }, 's3'),
      body: '',
    });
    const bare = (rawQuery: string): string => rawQuery.replace(/%2B|%20/, '+');
    expect(isAccepted(query(await signedWith('a+b'), bare), 's3')).toBe(false);
    expect(isAccepted(query(await signedWith('a b'), bare), 's3')).toBe(true);
  });
});
