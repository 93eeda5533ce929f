import { rootArn } from '../principal/principal.ts';
import {
  type AuthorizerUnderTest,
  accountId,
  startAuthorizer,
} from '../test/authorizer-under-test.ts';

let authorizer: AuthorizerUnderTest;
beforeAll(async () => {
  authorizer = await startAuthorizer();
});
afterAll(() => authorizer.stop());

const asRoot = { accountId, principal: rootArn(accountId), sessionToken: null };
const asAttempt = async (jobRunId: string, attempt: number) => ({
  accountId,
  principal: `arn:aws:sts::${accountId}:assumed-role/job/${jobRunId}`,
  sessionToken: (await authorizer.sessionOf(jobRunId, attempt)).sessionToken ?? null,
});
const judged = (who: object, bucket: string, keys: string[], service = 'object-store') => {
  authorizer.deferred.remember('request', {});
  return authorizer.post(
    '/v1/deletions',
    { ...who, bucket, keys, sourceIp: '127.0.0.1', requestId: 'request' },
    service,
  );
};

it('judges each key, in order, and writes each down', async () => {
  authorizer.recorded.length = 0;
  const keys = ['run/2/a', 'run/3/a', 'run/2/', 'run/', '*'];
  const { body } = await judged(await asAttempt('run', 2), 'firesteel-scratch', keys);
  const allowed = [true, false, true, false, false];
  expect(body).toEqual({ allowed });
  expect(authorizer.recorded).toMatchObject(
    keys.map((key, index) => ({
      action: 's3:DeleteObject',
      resource: `arn:aws:s3:::firesteel-scratch/${key}`,
      principal: `arn:aws:sts::${accountId}:assumed-role/job/run`,
      service: 's3',
      requestId: 'request',
      allowed: allowed[index],
    })),
  );
});

it.each<[string, string, boolean[]]>([
  ['what is their own', 'bucket', [true, true]],
  ['nothing of the scratch bucket', 'firesteel-scratch', [false, false]],
])('lets root delete %s', async (_name, bucket, allowed) => {
  const { body } = await judged(asRoot, bucket, ['run/2/a', 'b']);
  expect(body).toEqual({ allowed });
});

it('lets an attempt delete nothing more once it is fenced off', async () => {
  const attempt = await asAttempt('fenced', 1);
  const keys = ['fenced/1/a'];
  expect((await judged(attempt, 'firesteel-scratch', keys)).body).toEqual({ allowed: [true] });
  await authorizer
    .post('/v1/fences', { jobRunId: 'fenced', belowAttempt: 2 }, 'capacity')
    .expect(200);
  expect((await judged(attempt, 'firesteel-scratch', keys)).body).toEqual({ allowed: [false] });
  expect((await judged(attempt, 'bucket', keys)).body).toEqual({ allowed: [false] });
});

it('believes nobody whose token is not the caller’s', async () => {
  const [one, other] = [await asAttempt('one', 1), await asAttempt('other', 1)];
  for (const who of [
    { ...one, sessionToken: other.sessionToken },
    { ...one, sessionToken: null },
    { ...asRoot, sessionToken: one.sessionToken },
    { ...one, sessionToken: 'forged' },
    { ...one, accountId: '999999999999' },
  ]) {
    const { status, body } = await judged(who, 'bucket', ['a']);
    expect([status, body]).toEqual([
      403,
      { kind: 'Denied', message: 'The session token is not that of the caller.' },
    ]);
  }
});

it('answers the object store alone', async () => {
  await judged(asRoot, 'bucket', ['a'], 'worker-agent').expect(403);
});
