import { signatureFailure } from '@firesteel/aws-protocol/sigv4/signature-fault';
import { verify } from '@firesteel/aws-protocol/sigv4/verify';
import type { Answer } from '../test/fake-services.ts';
import { allowed, type GatewayUnderTest, names, startGateway } from '../test/gateway-under-test.ts';
import { signedHeaders, type ToSign, testKey } from '../test/signing.ts';

const now = new Date();

/** An authorizer that knows one key and allows whatever is really signed with it. */
function verifying(body: string): Answer {
  const { request, failure, bodySha256, service } = JSON.parse(body);
  const refusal = (failed: object): Answer => ({ body: { ...failed, allowed: false } });
  if (request === null) return refusal(failure);
  if (request.accessKeyId !== testKey.accessKeyId)
    return refusal(signatureFailure(service, 'unknown-key'));
  const { secretAccessKey } = testKey;
  const expected = { services: [service] };
  const verified = verify({ request, secretAccessKey, now, expected, bodySha256 });
  return verified.ok ? { body: { ...allowed, seal: verified.seal } } : refusal(verified);
}

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway((name, { body }) =>
    name === 'authorizer' ? verifying(body) : { body: {} },
  );
});
afterAll(() => gateway.stop());
beforeEach(() => {
  for (const name of names) gateway.services[name].asked.length = 0;
});

const good = {
  method: 'POST',
  url: '/applications?a=b',
  body: '{"type":"SPARK","releaseLabel":"emr-7.13.0","clientToken":"token"}',
};
const host = (): string => new URL(gateway.url).host;

type Change = (headers: Record<string, string>) => Record<string, string>;
const same: Change = (headers) => headers;
const without =
  (name: string): Change =>
  (headers) =>
    Object.fromEntries(Object.entries(headers).filter(([candidate]) => candidate !== name));
const authorization =
  (change: (text: string) => string): Change =>
  (headers) => ({ ...headers, authorization: change(headers['authorization'] ?? '') });

/** What is done to a good request: to its headers, before signing, to the key, to what is sent. */
type Tampering = {
  readonly change?: Change;
  readonly signing?: Partial<ToSign>;
  readonly key?: Partial<typeof testKey>;
  readonly sent?: Partial<typeof good>;
};

async function tampered({ change = same, signing, key, sent }: Tampering) {
  const headers = signedHeaders({ ...good, host: host(), now, ...signing }, { ...testKey, ...key });
  const { method, url, body } = { ...good, ...sent };
  return gateway.raw(method, url, change(headers), body);
}

it('lets in what is signed and unchanged', async () => {
  expect((await tampered({})).status).toBe(200);
});

const minutes = (count: number): Date => new Date(now.getTime() + count * 60_000);

it.each<[string, Tampering]>([
  ['no signature', { change: without('authorization') }],
  ['an empty signature', { change: authorization(() => '') }],
  ['an algorithm alone', { change: authorization(() => 'AWS4-HMAC-SHA256') }],
  ['basic authentication', { change: authorization(() => 'Basic YTpi') }],
  ['another algorithm', { change: authorization((text) => text.replace('SHA256', 'SHA512')) }],
  ['no credential', { change: authorization((text) => text.replace(/Credential=[^,]*, /, '')) }],
  [
    'no signed headers',
    { change: authorization((text) => text.replace(/SignedHeaders=[^,]*, /, '')) },
  ],
  ['no signature part', { change: authorization((text) => text.replace(/, Signature=.*/, '')) }],
  ['a short scope', { change: authorization((text) => text.replace('/aws4_request', '')) }],
  ['another day', { change: authorization((text) => text.replace(/\/\d{8}\//, '/19990101/')) }],
  ['no region', { change: authorization((text) => text.replace('/us-east-1/', '//')) }],
  ['another region', { change: authorization((text) => text.replace('us-east-1', 'eu-west-1')) }],
  [
    'a scope of another service',
    { change: authorization((text) => text.replace('emr-serverless', 'firesteel')) },
  ],
  [
    'a scope of nobody',
    { change: authorization((text) => text.replace('emr-serverless', 'nobody')) },
  ],
  ['a good signature for nobody', { signing: { service: 'firesteel' }, sent: { url: '/nowhere' } }],
  [
    'a signature that is no hex',
    { change: authorization((text) => text.replace(/Signature=./, 'Signature=z')) },
  ],
  [
    'a signature of zeros',
    { change: authorization((text) => text.replace(/[0-9a-f]{64}$/, '0'.repeat(64))) },
  ],
  ['a signature cut short', { change: authorization((text) => text.slice(0, -1)) }],
  [
    'a signed header that is not there',
    { change: authorization((text) => text.replace('=host;', '=date;host;')) },
  ],
  ['a host that is not signed', { change: authorization((text) => text.replace('=host;', '=')) }],
  ['no date', { change: without('x-amz-date') }],
  ['a date that is none', { change: (headers) => ({ ...headers, 'x-amz-date': 'today' }) }],
  ['another secret', { key: { secretAccessKey: 'another' } }],
  ['an unknown key', { key: { accessKeyId: 'AKIANOBODYNOBODYNOBO' } }],
  ['a time long ago', { signing: { now: minutes(-16) } }],
  ['a time to come', { signing: { now: minutes(16) } }],
  ['another host', { change: (headers) => ({ ...headers, host: 'elsewhere' }) }],
  ['another body', { sent: { body: good.body.replace('token', 'other') } }],
  ['another path', { sent: { url: '/applications/a?a=b' } }],
  ['another query', { sent: { url: '/applications?a=c' } }],
  ['another method', { sent: { method: 'PATCH' } }],
  [
    'another signed header',
    {
      signing: { headers: { 'x-amz-meta': 'a' } },
      change: (headers) => ({ ...headers, 'x-amz-meta': 'b' }),
    },
  ],
  [
    'another digest',
    { change: (headers) => ({ ...headers, 'x-amz-content-sha256': '0'.repeat(64) }) },
  ],
])('refuses %s with 403 in JSON, and asks no service', async (_name, tampering) => {
  const answer = await tampered(tampering);
  expect([answer.status, JSON.parse(answer.body)]).toEqual([403, { message: expect.any(String) }]);
  expect(answer.headers).toMatchObject({
    'x-amzn-errortype': expect.stringMatching(/Exception$/),
    'x-amzn-requestid': expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  const asked = names.filter(
    (name) => name !== 'authorizer' && gateway.services[name].asked.length,
  );
  expect(asked).toEqual([]);
});

it('says of a service that nobody offers that it is not here', async () => {
  const headers = signedHeaders({ ...good, host: host(), now, service: 'dynamodb' });
  const answer = await gateway.raw(good.method, good.url, headers, good.body);
  expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([
    404,
    'UnknownOperationException',
  ]);
});
