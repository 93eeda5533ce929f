// What other signers than AWS' own for JavaScript sign is accepted too.
import { readFileSync } from 'node:fs';
import { sign } from 'aws4';
import fc from 'fast-check';
import { parseAuthorization, type ReceivedRequest } from './signed-request.ts';
import { headerList, hexSha256, NOW, rawQueryOf, SECRET } from './test/signing.ts';
import { verify } from './verify.ts';

function accepts(received: ReceivedRequest, body: string): string {
  const parsed = parseAuthorization(received);
  if (!parsed.ok) return parsed.message;
  const bodySha256 = hexSha256(body);
  const result = verify({
    request: parsed.request,
    secretAccessKey: SECRET,
    now: NOW,
    expected: {},
    bodySha256,
  });
  if (!result.ok) return result.message;
  const { seal } = result;
  return seal.mode !== 'sha256' || seal.sha256 === bodySha256 ? 'ok' : 'another body';
}

type Fixture = ReceivedRequest & { readonly service: string; readonly body: string };
const botocore = JSON.parse(
  readFileSync(new URL('../../fixtures/sigv4-botocore.json', import.meta.url), 'utf8'),
) as readonly Fixture[];

it('accepts what botocore signs, in headers and for S3 in queries', () => {
  expect(botocore).toHaveLength(200);
  const outcomes = botocore.map((request, index) => [index, accepts(request, request.body)]);
  expect(outcomes.filter(([, outcome]) => outcome !== 'ok')).toEqual([]);
});

const text = fc.string({ unit: 'grapheme', maxLength: 10 }).map((value) => value.toWellFormed());
const requests = fc.record({
  s3: fc.boolean(),
  presigned: fc.boolean(),
  method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE'),
  // aws4 resolves dot segments and doubled slashes for S3 too when it signs, and sends them as they were.
  path: fc.array(fc.stringMatching(/^[a-zA-Z0-9_~-]{1,6}$/), { maxLength: 4 }),
  query: fc.dictionary(fc.stringMatching(/^q[a-z]{0,4}$/), text, { maxKeys: 3 }),
  meta: fc.stringMatching(/^[!-~]{1,12}$/),
  body: text,
  temporary: fc.boolean(),
});

it('accepts what aws4 signs', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const { s3, method, query, meta, body, temporary } = request;
      const signQuery = s3 && request.presigned;
      const queryText = rawQueryOf({
        ...query,
        ...(signQuery ? { 'X-Amz-Date': '20260301T120000Z', 'X-Amz-Expires': '600' } : {}),
      });
      const path = `/${request.path.join('/')}${queryText === '' ? '' : `?${queryText}`}`;
      const credentials = {
        accessKeyId: 'AKIDEXAMPLE',
        secretAccessKey: SECRET,
        ...(temporary ? { sessionToken: 'token+/=' } : {}),
      };
      const sent = sign(
        {
          service: s3 ? 's3' : 'emr-serverless',
          region: 'us-east-1',
          host: 'localhost:4580',
          method,
          path,
          headers: {
            'X-Amz-Meta-Note': meta,
            ...(signQuery ? {} : { 'X-Amz-Date': '20260301T120000Z' }),
          },
          ...(signQuery ? { signQuery } : { body }),
        },
        credentials,
      );
      const [rawPath = '', ...rest] = sent.path.split('?');
      const received = {
        method,
        rawPath,
        rawQuery: rest.join('?'),
        // A Content-Length is a number there.
        headers: headerList(sent.headers).map(([name, value]) => [name, String(value)] as const),
      };
      expect(accepts(received, signQuery ? '' : body)).toBe('ok');
    }),
    { numRuns: 300, seed: 6 },
  );
});
