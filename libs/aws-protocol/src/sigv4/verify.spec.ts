import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  credentialScopeService,
  parseAuthorization,
  type ReceivedRequest,
} from './signed-request.ts';
import {
  headerList,
  hexSha256,
  type Intended,
  NOW,
  rawQueryOf,
  SECRET,
  signedBySmithy,
  signer,
} from './test/signing.ts';
import { type Verification, type VerifyResult, verify } from './verify.ts';

const check = (
  received: ReceivedRequest,
  body: string,
  options: Partial<Omit<Verification, 'request'>> = {},
): VerifyResult => {
  const parsed = parseAuthorization(received);
  if (!parsed.ok) return parsed;
  // Crosses a process boundary in production: only JSON may be needed.
  const request = JSON.parse(JSON.stringify(parsed.request)) as typeof parsed.request;
  return verify({
    request,
    secretAccessKey: SECRET,
    now: NOW,
    expected: {},
    bodySha256: hexSha256(body),
    ...options,
  });
};

const kindOf = (result: { ok: true } | { ok: false; kind: string; code: string }) =>
  result.ok ? 'ok' : `${result.kind} ${result.code}`;

const plain: Intended = {
  method: 'POST',
  path: '/applications',
  query: {},
  headers: { host: 'localhost:4580', 'content-type': 'application/json' },
  body: '{"a":1}',
};

type Suite = {
  credentials: { secretAccessKey: string };
  signingDate: string;
  cases: (Intended & { name: string; authorization: string })[];
};
const suite = JSON.parse(
  readFileSync(new URL('../../fixtures/sigv4-suite.json', import.meta.url), 'utf8'),
) as Suite;

it.each(suite.cases)("accepts AWS' suite case $name", ({ authorization, body, ...request }) => {
  const received: ReceivedRequest = {
    method: request.method,
    // Node gives the bytes of a path that is not ASCII as latin1 characters.
    rawPath: Buffer.from(request.path, 'utf8').toString('latin1'),
    rawQuery: rawQueryOf(request.query),
    headers: [...headerList(request.headers), ['authorization', authorization]],
  };
  const options = {
    secretAccessKey: suite.credentials.secretAccessKey,
    now: new Date(suite.signingDate),
  };
  expect(kindOf(check(received, body, options))).toBe('ok');
  expect(kindOf(check(received, `${body}x`, options))).toBe('mismatch InvalidSignatureException');
});

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const segment = fc.oneof(
  text.map((value) => encodeURIComponent(value.toWellFormed())),
  fc.constantFrom('', '.', '..', '%2F', 'a%20b', '~', 'arn%3Aaws%3A%2Fapplications%2F1'),
);
const intended = (path: fc.Arbitrary<string>): fc.Arbitrary<Intended> =>
  fc.record({
    method: fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE'),
    path,
    query: fc.dictionary(
      text.filter((name) => !/^x-amz-/i.test(name) && name !== '__proto__' && name.isWellFormed()),
      fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })),
      { maxKeys: 4 },
    ),
    headers: fc
      .dictionary(fc.stringMatching(/^x-[a-z]{1,8}$/), fc.stringMatching(/^[ -~]{1,20}$/), {
        maxKeys: 3,
      })
      .map((headers) => ({ ...headers, host: 'localhost:4580' })),
    body: text,
  });
const anyPath = fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`);
// S3 clients encode each segment exactly once and leave dot segments alone.
const s3Path = fc
  .array(
    text.map((value) => rawQueryOf({ [value.toWellFormed()]: '' }).slice(0, -1)),
    { maxLength: 5 },
  )
  .map((segments) => `/${segments.join('/')}`);

it("accepts whatever AWS' own signer signs for a JSON service", async () => {
  await fc.assert(
    fc.asyncProperty(intended(anyPath), fc.boolean(), async (request, temporary) => {
      const token = temporary ? 'token+/=' : undefined;
      const received = await signedBySmithy(request, 'emr-serverless', token);
      expect(kindOf(check(received, request.body))).toBe('ok');
    }),
    { numRuns: 400 },
  );
});

it("accepts whatever AWS' own signer signs for S3", async () => {
  await fc.assert(
    fc.asyncProperty(intended(s3Path), async (request) => {
      const received = await signedBySmithy(request, 's3');
      const result = check(received, '');
      expect(result).toEqual({
        ok: true,
        seal: { mode: 'sha256', sha256: hexSha256(request.body) },
      });
    }),
    { numRuns: 300 },
  );
});

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const mutations = (value: string): string[] =>
  [...value].flatMap((character, index) => {
    const at = ALPHABET.indexOf(character);
    if (at === -1) return [];
    return [1, 2, 3, 5, 7, 11, 13, 19].map(
      (step) =>
        value.slice(0, index) +
        (ALPHABET[(at + step) % ALPHABET.length] as string) +
        value.slice(index + 1),
    );
  });

it('refuses every single-character change of what was signed', async () => {
  const request: Intended = {
    ...plain,
    path: '/applications/00f1cbsc6anuij25/jobruns/00f1cbn5g4bb0c01',
    query: { states: ['running', 'failed'], nexttoken: 'abc' },
    body: '{"name":"nightly","jobdriver":{"sparksubmit":{"entrypoint":"s3://bucket/main.py"}}}',
  };
  const received = await signedBySmithy(request, 'emr-serverless', 'sessiontoken');
  expect(kindOf(check(received, request.body))).toBe('ok');
  const changed: [ReceivedRequest, string][] = [
    ...mutations(received.rawPath).map(
      (rawPath) => [{ ...received, rawPath }, request.body] as [ReceivedRequest, string],
    ),
    ...mutations(received.rawQuery).map(
      (rawQuery) => [{ ...received, rawQuery }, request.body] as [ReceivedRequest, string],
    ),
    ...mutations(request.body).map((body) => [received, body] as [ReceivedRequest, string]),
    ...received.headers.flatMap(([name, value], index) =>
      mutations(value).map((other): [ReceivedRequest, string] => [
        { ...received, headers: received.headers.with(index, [name, other]) },
        request.body,
      ]),
    ),
    ...['GET', 'PUT', 'POSt'].map(
      (method) => [{ ...received, method }, request.body] as [ReceivedRequest, string],
    ),
  ];
  expect(changed.length).toBeGreaterThan(2500);
  for (const [mutant, body] of changed) expect(check(mutant, body).ok).toBe(false);
});

it('refuses a signature by another secret, with any bit of it flipped', async () => {
  const received = await signedBySmithy(plain);
  for (const secretAccessKey of [...mutations(SECRET), '']) {
    expect(kindOf(check(received, plain.body, { secretAccessKey }))).toBe(
      'mismatch InvalidSignatureException',
    );
  }
});

const withHeader = (received: ReceivedRequest, name: string, value: string): ReceivedRequest => ({
  ...received,
  headers: [...received.headers, [name, value]],
});
const withAuthorization = (
  received: ReceivedRequest,
  change: (authorization: string) => string,
): ReceivedRequest => ({
  ...received,
  headers: received.headers.map(([name, value]) => [
    name,
    name === 'authorization' ? change(value) : value,
  ]),
});

type Change = (received: ReceivedRequest) => ReceivedRequest;
const refusals: [string, Change, string][] = [
  [
    'no authorization',
    (r) => ({ ...r, headers: r.headers.filter(([name]) => name !== 'authorization') }),
    'missing MissingAuthenticationTokenException',
  ],
  [
    'an unsigned x-amz header',
    (r) => withHeader(r, 'x-amz-target', 'Other'),
    'unsigned-headers InvalidSignatureException',
  ],
  [
    'a second authorization header',
    (r) => withHeader(r, 'authorization', 'Basic x'),
    'incomplete IncompleteSignatureException',
  ],
  [
    'another algorithm',
    (r) => withAuthorization(r, (a) => a.replace('HMAC-SHA256', 'ECDSA-P256-SHA256')),
    'incomplete IncompleteSignatureException',
  ],
  [
    'no signature field',
    (r) => withAuthorization(r, (a) => a.replace(/, Signature=.*/, '')),
    'incomplete IncompleteSignatureException',
  ],
  [
    'a doubled field',
    (r) => withAuthorization(r, (a) => `${a}, Signature=${'0'.repeat(64)}`),
    'incomplete IncompleteSignatureException',
  ],
  [
    'a short credential',
    (r) => withAuthorization(r, (a) => a.replace('/aws4_request', '')),
    'incomplete IncompleteSignatureException',
  ],
  [
    'an upper-case signature',
    (r) =>
      withAuthorization(r, (a) => a.replace(/Signature=.*/, (s) => `S${s.slice(1).toUpperCase()}`)),
    'incomplete IncompleteSignatureException',
  ],
  [
    'unsorted signed headers',
    (r) => withAuthorization(r, (a) => a.replace('content-type;host', 'host;content-type')),
    'incomplete IncompleteSignatureException',
  ],
  [
    'no signed host',
    (r) => withAuthorization(r, (a) => a.replace('content-type;host', 'content-type')),
    'unsigned-headers InvalidSignatureException',
  ],
  [
    'a signed header that is not there',
    (r) => ({ ...r, headers: r.headers.filter(([name]) => name !== 'content-type') }),
    'unsigned-headers InvalidSignatureException',
  ],
  [
    'a scope of another day',
    (r) => withAuthorization(r, (a) => a.replace('20260301/', '20260302/')),
    'wrong-scope InvalidSignatureException',
  ],
];

it.each(refusals)('refuses %s', async (_name, change, expected) => {
  expect(kindOf(check(change(await signedBySmithy(plain)), plain.body))).toBe(expected);
});

it('refuses a scope of another service or region', async () => {
  const received = await signedBySmithy(plain, 'sts');
  const wrong = { services: ['emr-serverless'] };
  expect(kindOf(check(received, plain.body, { expected: wrong }))).toBe(
    'wrong-scope SignatureDoesNotMatch',
  );
  const region = check(received, plain.body, { expected: { regions: ['eu-west-1'] } });
  expect(region.ok).toBe(false);
  const right = { services: ['sts'], regions: ['us-east-1'] };
  expect(kindOf(check(received, plain.body, { expected: right }))).toBe('ok');
});

const minutesLater = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);

it('accepts 15 minutes of skew either way and no second more', async () => {
  const received = await signedBySmithy(plain);
  for (const minutes of [-15, 0, 15]) {
    expect(check(received, plain.body, { now: minutesLater(minutes) }).ok).toBe(true);
  }
  for (const minutes of [-15.02, 15.02]) {
    const result = check(received, plain.body, { now: minutesLater(minutes) });
    expect(kindOf(result)).toBe('skewed InvalidSignatureException');
  }
  const late = check(received, plain.body, { now: minutesLater(16) });
  expect(late).toMatchObject({
    message:
      'Signature expired: 20260301T120000Z is now earlier than 20260301T120100Z (20260301T121600Z - 15 min.)',
  });
  const s3 = await signedBySmithy(plain, 's3');
  expect(kindOf(check(s3, '', { now: minutesLater(16) }))).toBe('skewed RequestTimeTooSkewed');
});

it('holds a declared body hash to the body, and takes no unsigned payload outside S3', async () => {
  const declare = (hash: string): Intended => ({
    ...plain,
    headers: { ...plain.headers, 'x-amz-content-sha256': hash },
  });
  const honest = await signedBySmithy(declare(hexSha256(plain.body)));
  expect(kindOf(check(honest, plain.body))).toBe('ok');
  expect(kindOf(check(honest, 'other'))).toBe('payload-hash InvalidSignatureException');
  const unsigned = await signedBySmithy(declare('UNSIGNED-PAYLOAD'));
  expect(kindOf(check(unsigned, plain.body))).toBe('payload-hash InvalidSignatureException');
  const s3 = await signedBySmithy(declare('UNSIGNED-PAYLOAD'), 's3');
  expect(check(s3, '')).toEqual({ ok: true, seal: { mode: 'unsigned' } });
  const odd = await signedBySmithy(declare('STREAMING-ELSE'), 's3');
  expect(kindOf(check(odd, ''))).toBe('payload-hash InvalidArgument');
});

async function presigned(service: string, expiresIn: number): Promise<ReceivedRequest> {
  const request = {
    method: 'GET',
    protocol: 'http:',
    hostname: 'localhost',
    path: '/bucket/logs/a%20b.gz',
    query: { 'response-content-type': 'text/plain' },
    headers: { host: 'localhost:4580', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
  };
  const { query = {} } = await signer(service, 'token/+=').presign(request, {
    expiresIn,
    signingDate: NOW,
  });
  return {
    method: 'GET',
    rawPath: request.path,
    rawQuery: rawQueryOf(query),
    headers: [['host', 'localhost:4580']],
  };
}

it('accepts presigned requests for S3 while they last', async () => {
  const received = await presigned('s3', 3600);
  const parsed = parseAuthorization(received);
  expect(parsed).toMatchObject({
    ok: true,
    request: { presigned: true, expiresSeconds: 3600, sessionToken: 'token/+=' },
  });
  expect(kindOf(check(received, '', { now: minutesLater(60) }))).toBe('ok');
  expect(kindOf(check(received, '', { now: minutesLater(60.1) }))).toBe(
    'presigned-expired AccessDenied',
  );
  expect(kindOf(check(received, '', { now: minutesLater(-16) }))).toBe(
    'presigned-expired AccessDenied',
  );
  const longer = { ...received, rawQuery: received.rawQuery.replace('=3600', '=3601') };
  expect(kindOf(check(longer, ''))).toBe('mismatch SignatureDoesNotMatch');
  const tooLong = { ...received, rawQuery: received.rawQuery.replace('=3600', '=604801') };
  expect(kindOf(check(tooLong, ''))).toBe('presigned-malformed AuthorizationQueryParametersError');
  const twice = { ...received, rawQuery: `${received.rawQuery}&X-Amz-Expires=1` };
  expect(kindOf(check(twice, ''))).toBe('presigned-malformed AuthorizationQueryParametersError');
});

it('refuses presigned requests for other services', async () => {
  const received = await presigned('emr-serverless', 60);
  expect(kindOf(check(received, ''))).toBe('presigned-refused InvalidSignatureException');
});

it('reads the service for routing, and names errors of unsigned requests as asked', async () => {
  const received = await signedBySmithy(plain, 'sts');
  expect(credentialScopeService(received.headers, '')).toBe('sts');
  const inQuery = await presigned('s3', 60);
  expect(credentialScopeService(inQuery.headers, inQuery.rawQuery)).toBe('s3');
  expect(credentialScopeService([], '')).toBeUndefined();
  const unsigned = { method: 'GET', rawPath: '/', rawQuery: '', headers: [], assumedService: 's3' };
  expect(parseAuthorization(unsigned)).toMatchObject({ code: 'AccessDenied', status: 403 });
});

it('joins doubled headers and takes a signed Date header for the date', async () => {
  const received = await signedBySmithy({
    ...plain,
    headers: { ...plain.headers, 'x-one': 'a,b' },
  });
  const split: ReceivedRequest = {
    ...received,
    headers: received.headers.flatMap(([name, value]) =>
      name === 'x-one'
        ? ([
            ['x-one', '  a '],
            ['x-one', 'b'],
          ] as const)
        : ([[name, value]] as const),
    ),
  };
  expect(kindOf(check(split, plain.body))).toBe('ok');
});

it('never throws, whatever the authorization says', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (authorization, rawQuery, rawPath) => {
      const headers = [
        ['host', 'h'],
        ['authorization', `AWS4-HMAC-SHA256 ${authorization}`],
      ] as const;
      const result = parseAuthorization({ method: 'GET', rawPath, rawQuery, headers });
      expect(result.ok).toBe(false);
    }),
    { numRuns: 500 },
  );
});
