/** Whose a bucket is, for its policy and for whom its owner has let in. */
import { type LoopbackStore, platformBucket, startLoopbackStore } from './test/loopback-store.ts';

const [owner, guest] = ['111111111111', '222222222222'];
const document = '{"Statement":"of the owner"}';

let store: LoopbackStore;
beforeAll(async () => {
  store = await startLoopbackStore();
});
afterAll(() => store.stop());
afterEach(() => {
  store.policies.away = false;
});

type Asked = {
  readonly body?: string;
  readonly opened?: string;
  readonly headers?: Record<string, string>;
};

/** Status and body of an answer: `account`, then method and path. */
async function ask(
  account: string,
  route: string,
  { body, opened, headers }: Asked = {},
): Promise<[number, string]> {
  const [method = '', path = ''] = route.split(' ');
  const answer = await fetch(`${store.endpoint}${path}`, {
    method,
    headers: {
      'x-firesteel-account': account,
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      ...(opened === undefined ? {} : { 'x-firesteel-opened': opened }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  return [answer.status, await answer.text()];
}
const statusOf = async (...asked: Parameters<typeof ask>): Promise<number> =>
  (await ask(...asked))[0];

it('is put, read and deleted by the bucket’s owner', async () => {
  await ask(owner, 'PUT /lake');
  expect(await ask(owner, 'GET /lake?policy')).toEqual([
    404,
    expect.stringContaining('<Code>NoSuchBucketPolicy</Code>'),
  ]);
  expect(await statusOf(owner, 'GET /lake?policyStatus')).toBe(404);
  expect(await ask(owner, 'PUT /lake?policy', { body: document })).toEqual([204, '']);
  expect(await ask(owner, 'GET /lake?policy')).toEqual([200, document]);
  expect(await ask(owner, 'GET /lake?policyStatus')).toEqual([
    200,
    expect.stringContaining('<IsPublic>false</IsPublic>'),
  ]);
  await ask(owner, 'PUT /lake?policy', { body: '{"public":1}' });
  expect((await ask(owner, 'GET /lake?policyStatus'))[1]).toContain('<IsPublic>true</IsPublic>');
  expect(await ask(owner, 'PUT /lake?policy', { body: 'lake' })).toEqual([
    400,
    expect.stringContaining('<Code>MalformedPolicy</Code><Message>no JSON</Message>'),
  ]);
  expect(await ask(owner, 'DELETE /lake?policy')).toEqual([204, '']);
  expect(await ask(owner, 'DELETE /lake?policy')).toEqual([204, '']);
  expect(store.policies.size).toBe(0);
});

it('is not read beyond what a policy may have', async () => {
  await ask(owner, 'PUT /large');
  const body = `{${' '.repeat(64 * 1024)}}`;
  expect(await ask(owner, 'PUT /large?policy', { body })).toEqual([
    400,
    expect.stringContaining('MaxMessageLengthExceeded'),
  ]);
});

describe('whom the owner has let in', () => {
  const opened = `shared=${owner}`;
  beforeAll(async () => {
    await ask(owner, 'PUT /shared');
    await ask(owner, 'PUT /shared/key', { body: 'text' });
    await ask(guest, 'PUT /guests');
  });

  it('reads, lists, writes and deletes what is the owner’s', async () => {
    expect(await ask(guest, 'GET /shared/key', { opened })).toEqual([200, 'text']);
    expect((await ask(guest, 'GET /shared', { opened }))[1]).toContain('<Key>key</Key>');
    expect(await statusOf(guest, 'HEAD /shared', { opened })).toBe(200);
    expect(await statusOf(guest, 'PUT /shared/theirs', { opened, body: 'by the guest' })).toBe(200);
    expect(await ask(owner, 'GET /shared/theirs')).toEqual([200, 'by the guest']);
    expect(await statusOf(guest, 'GET /shared/theirs')).toBe(404);
    expect(await statusOf(guest, 'DELETE /shared/theirs', { opened })).toBe(204);
  });

  it('copies out, whole and in parts', async () => {
    const headers = { 'x-amz-copy-source': 'shared/key' };
    expect(await statusOf(guest, 'PUT /guests/copy', { headers })).toBe(404);
    expect(await statusOf(guest, 'PUT /guests/copy', { headers, opened })).toBe(200);
    expect(await ask(guest, 'GET /guests/copy')).toEqual([200, 'text']);
    const both = `${opened},elsewhere=333333333333`;
    expect(await statusOf(guest, 'PUT /guests/copy', { headers, opened: both })).toBe(200);
    const [, begun] = await ask(guest, 'POST /guests/parts?uploads');
    const id = /<UploadId>(.*)<\/UploadId>/.exec(begun)?.[1] ?? '';
    const part = `PUT /guests/parts?partNumber=1&uploadId=${id}`;
    expect(await statusOf(guest, part, { headers })).toBe(404);
    expect(await statusOf(guest, part, { headers, opened })).toBe(200);
  });

  it.each(['GET', 'PUT', 'DELETE'])('does not %s the policy', async (method) => {
    const body = method === 'PUT' ? { body: document } : {};
    const [status, text] = await ask(guest, `${method} /shared?policy`, { opened, ...body });
    expect([status, text]).toEqual([405, expect.stringContaining('<Code>MethodNotAllowed</Code>')]);
  });

  it('may ask whether it is public', async () => {
    await ask(owner, 'PUT /shared?policy', { body: document });
    expect(await statusOf(guest, 'GET /shared?policyStatus', { opened })).toBe(200);
    expect(await statusOf(guest, 'GET /shared?policyStatus')).toBe(404);
  });

  it('sees it among their buckets', async () => {
    expect((await ask(guest, 'GET /', { opened }))[1]).not.toContain('shared');
  });

  it.each([
    ['another bucket', `other=${owner}`],
    ['a bucket of the name that another account has', 'shared=333333333333'],
    ['nothing at all', 'shared'],
    ['a name that begins so', `share=${owner}`],
  ])('is let into it by no word of %s', async (_what, word) => {
    expect(await statusOf(guest, 'GET /shared/key', { opened: word })).toBe(404);
  });
});

it('nobody puts one where the bucket is the platform’s', async () => {
  for (const method of ['GET', 'PUT', 'DELETE'])
    expect(
      await statusOf(
        owner,
        `${method} /${platformBucket}?policy`,
        method === 'PUT' ? { body: document } : {},
      ),
    ).toBe(403);
  expect(store.policies.has(platformBucket)).toBe(false);
});

describe('a name that another account takes', () => {
  it('has no policy any more, when its bucket was deleted', async () => {
    await ask(owner, 'PUT /passed');
    await ask(owner, 'PUT /passed?policy', { body: document });
    expect(await statusOf(owner, 'DELETE /passed')).toBe(204);
    expect(store.policies.has('passed')).toBe(false);
    await ask(guest, 'PUT /passed');
    expect(await statusOf(guest, 'GET /passed?policy')).toBe(404);
  });

  it('has none either when the store or the authorizer was gone in between', async () => {
    await ask(owner, 'PUT /torn');
    await ask(owner, 'PUT /torn?policy', { body: document });
    store.policies.away = true;
    expect(await statusOf(owner, 'DELETE /torn')).toBe(204);
    expect(store.policies.has('torn')).toBe(true);
    expect(store.failures).toHaveLength(1);
    // No bucket is made as long as its name may have an old policy.
    expect(await statusOf(guest, 'PUT /torn')).toBe(503);
    expect(await statusOf(guest, 'HEAD /torn')).toBe(404);
    store.policies.away = false;
    expect(await statusOf(guest, 'PUT /torn')).toBe(200);
    expect(store.policies.has('torn')).toBe(false);
  });

  it('keeps its policy when its owner makes it again, and when it cannot be deleted', async () => {
    await ask(owner, 'PUT /stays');
    await ask(owner, 'PUT /stays?policy', { body: document });
    await ask(owner, 'PUT /stays/key', { body: 'text' });
    expect(await statusOf(owner, 'PUT /stays')).toBe(200);
    expect(await statusOf(guest, 'PUT /stays')).toBe(409);
    expect(await statusOf(owner, 'DELETE /stays')).toBe(409);
    expect(await ask(owner, 'GET /stays?policy')).toEqual([200, document]);
  });

  it('never has a policy without its bucket, however they race', async () => {
    for (let round = 1; round <= 20; round += 1) {
      await ask(owner, 'PUT /raced');
      await Promise.all([
        ask(owner, 'PUT /raced?policy', { body: document }),
        ask(owner, 'DELETE /raced'),
        ask(owner, 'PUT /raced?policy', { body: document }),
      ]);
      expect(store.policies.has('raced')).toBe(false);
    }
  });
});

it.each(['GET', 'PUT', 'DELETE'])(
  'cannot be asked for by %s without the authorizer',
  async (method) => {
    await ask(owner, 'PUT /alone');
    store.policies.away = true;
    const body = method === 'PUT' ? { body: document } : {};
    expect(await statusOf(owner, `${method} /alone?policy`, body)).toBe(503);
  },
);
