import { type IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { ServiceUnavailable } from '@firesteel/http/internal-client';
import { judgeDeletions } from './deletion-judgement.ts';
import { toS3Failure } from './s3-errors.ts';

const stated = {
  host: 'localhost:4580',
  'x-firesteel-account': '123456789012',
  'x-firesteel-principal': 'arn:aws:iam::123456789012:root',
  'x-firesteel-source-ip': '127.0.0.1',
  'x-firesteel-request-id': 'request',
};
const requested = (url: string, headers: IncomingHttpHeaders): IncomingMessage =>
  Object.assign(new IncomingMessage(new Socket()), { url, headers });

/** Judges two keys against what the authorizer answers, or throws; and gives what it was asked. */
const judged = async (answer: unknown, url = '/b?delete', headers: IncomingHttpHeaders = {}) => {
  const asked: unknown[] = [];
  const judge = judgeDeletions({
    call: async (...call) => {
      asked.push(call);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  const allowed = await judge(requested(url, { ...stated, ...headers }), 'b', ['k1', 'k2']);
  return { allowed: [...allowed], asked };
};
const question = (sessionToken: string | null) => [
  'POST',
  '/v1/deletions',
  {
    body: {
      accountId: '123456789012',
      principal: 'arn:aws:iam::123456789012:root',
      sourceIp: '127.0.0.1',
      requestId: 'request',
      sessionToken,
      bucket: 'b',
      keys: ['k1', 'k2'],
    },
  },
];

it.each<[string, boolean[], string[]]>([
  ['both', [true, true], ['k1', 'k2']],
  ['one', [false, true], ['k2']],
  ['none', [false, false], []],
  ['what is answered for, when answers are missing', [true], ['k1']],
])('lets go %s', async (_name, allowed, keys) => {
  expect(await judged({ allowed })).toEqual({ allowed: keys, asked: [question(null)] });
});

const inHeader = { 'x-amz-security-token': 'header' };

it.each<[string, string, IncomingHttpHeaders, string | null]>([
  ['in a header', '/b?delete', inHeader, 'header'],
  [
    'in the query of a presigned request',
    '/b?delete&X-Amz-Signature=0&X-Amz-Security-Token=query',
    {},
    'query',
  ],
  ['in both', '/b?delete&X-Amz-Signature=0&X-Amz-Security-Token=query', inHeader, 'query'],
  [
    'in a header, beside a query that signs nothing',
    '/b?delete&X-Amz-Security-Token=query',
    inHeader,
    'header',
  ],
  ['nowhere that counts', '/b?delete&X-Amz-Security-Token=query', {}, null],
])('passes on the token that the signature came with: %s', async (_name, url, headers, token) => {
  expect((await judged({ allowed: [] }, url, headers)).asked).toEqual([question(token)]);
});

it('asks nothing about no keys', async () => {
  const judge = judgeDeletions({ call: () => Promise.reject(new Error('asked')) });
  expect(await judge(requested('/b?delete', stated), 'b', [])).toEqual(new Set());
});

it.each<[string, unknown]>([
  ['is away', new ServiceUnavailable('iam-authorizer')],
  ['refuses', new Error('not you')],
  ['answers something else', { keys: [] }],
])('lets nothing go when the authorizer %s', async (_name, answer) => {
  const failed = await judged(answer).catch(toS3Failure);
  expect(failed).toMatchObject({ s3: { code: 'ServiceUnavailable', status: 503 } });
});
