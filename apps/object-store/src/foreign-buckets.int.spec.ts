/** What another account has is not there: every operation says of its buckets what it says of none. */
import { served } from './routing.ts';
import { type LoopbackStore, startLoopbackStore } from './test/loopback-store.ts';

const [owner, stranger] = ['111111111111', '222222222222'];
const [theirs, absent, mine] = ['their-bucket', 'nobodys-bucket', 'strangers-bucket'];
const bodies: Readonly<Record<string, string>> = {
  'PUT policy': '{}',
  'POST delete': '<Delete><Object><Key>key</Key></Object></Delete>',
  'PUT tagging': '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>',
  'POST uploadId':
    '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"a"</ETag></Part></CompleteMultipartUpload>',
};

let store: LoopbackStore;
beforeAll(async () => {
  store = await startLoopbackStore();
  for (const [account, bucket] of [
    [owner, theirs],
    [stranger, mine],
  ] as const) {
    await ask(account, 'PUT', bucket);
    expect((await ask(account, 'PUT', `${bucket}/key`, '', 'text')).status).toBe(200);
  }
});
afterAll(() => store.stop());

/** Status, headers and body of an answer, without what every request has for itself. */
async function ask(
  account: string,
  method: string,
  path: string,
  query = '',
  body?: string,
  headers: Record<string, string> = {},
) {
  const answer = await fetch(`${store.endpoint}/${path}${query}`, {
    method,
    headers: {
      'x-firesteel-account': account,
      'x-firesteel-request-id': 'request',
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  const { date: _date, ...shown } = Object.fromEntries(answer.headers);
  return { status: answer.status, headers: shown, text };
}

const unnamed = (outcome: object): unknown =>
  JSON.parse(
    JSON.stringify(outcome).replaceAll(theirs, '<bucket>').replaceAll(absent, '<bucket>'),
    (name, value) => (name === 'content-length' ? '<length>' : value),
  );

const queries: Readonly<Record<string, string>> = {
  'PUT uploadId': '?uploadId=00000000&partNumber=1',
  'GET uploadId': '?uploadId=00000000',
  'POST uploadId': '?uploadId=00000000',
  'DELETE uploadId': '?uploadId=00000000',
};
const onBucket = served.bucket
  .filter((route) => route !== 'PUT')
  .map((route) => [route, ''] as const);
const onObject = served.object.map((route) => [route, '/key'] as const);

it.each([...onBucket, ...onObject])('%s of bucket%s', async (route, key) => {
  const [method = '', subResource] = route.split(' ');
  const query = queries[route] ?? (subResource === undefined ? '' : `?${subResource}`);
  const body = method === 'PUT' || method === 'POST' ? (bodies[route] ?? '') : undefined;
  const of = (bucket: string) => ask(stranger, method, `${bucket}${key}`, query, body);
  const foreign = await of(theirs);
  expect(foreign.status).toBe(404);
  expect(foreign.headers).toHaveProperty('x-firesteel-denied');
  expect(unnamed(foreign)).toEqual(unnamed(await of(absent)));
});

it.each([...onBucket, ...onObject])('%s of bucket%s, let into another', async (route, key) => {
  const [method = '', subResource] = route.split(' ');
  const query = queries[route] ?? (subResource === undefined ? '' : `?${subResource}`);
  const body = method === 'PUT' || method === 'POST' ? (bodies[route] ?? '') : undefined;
  const headers = { 'x-firesteel-opened': `${theirs}=${stranger},${absent}=${owner}` };
  const of = (bucket: string) => ask(stranger, method, `${bucket}${key}`, query, body, headers);
  const foreign = await of(theirs);
  expect(foreign.status).toBe(404);
  expect(unnamed(foreign)).toEqual(unnamed(await of(absent)));
});

it.each([
  ['an object', ''],
  ['a part', '?uploadId=00000000&partNumber=1'],
])('a copy of theirs as %s', async (_what, query) => {
  const from = (bucket: string) =>
    ask(stranger, 'PUT', `${mine}/copy`, query, '', { 'x-amz-copy-source': `/${bucket}/key` });
  const foreign = await from(theirs);
  expect(foreign.status).toBe(404);
  expect(unnamed(foreign)).toEqual(unnamed(await from(absent)));
});

it('nothing of it has changed anything', async () => {
  expect(await ask(owner, 'GET', `${theirs}/key`)).toMatchObject({ status: 200, text: 'text' });
  expect((await ask(owner, 'GET', theirs, '?tagging')).status).toBe(404);
});
