import { openDatabase } from '@firesteel/event-store/database';
import {
  type AuthorizerUnderTest,
  noon,
  root,
  startAuthorizer,
} from '../test/authorizer-under-test.ts';
import { type Keys, signed } from '../test/signing.ts';
import { rememberedMs } from './fences-in-force.ts';

let authorizer: AuthorizerUnderTest;
beforeAll(async () => {
  authorizer = await startAuthorizer();
});
afterAll(() => authorizer.stop());
afterEach(() => authorizer.setClock(() => noon));

const fence = (jobRunId: string, belowAttempt: number, service = 'capacity') =>
  authorizer.post('/v1/fences', { jobRunId, belowAttempt }, service);
const s3 = { service: 's3', action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/key' };
const onS3 = (keys: Keys) => authorizer.ask(signed(keys, 's3'), s3);
const eventsOf = (jobRunId: string) =>
  authorizer.orm.em
    .fork()
    .execute<{ type: string; data: object }[]>('select type, data from log.read_stream(?, 0)', [
      `fence-${jobRunId}`,
    ]);

/** Says to the log whose streams fences are; it takes them from nobody else. */
const ownFences = async (owner: string): Promise<void> => {
  const { adminUrl } = authorizer.database;
  const admin = await openDatabase({ url: adminUrl, entities: [], migrations: [] });
  await admin.em.execute("update log.category set owner = ? where name = 'fence'", [owner]);
  await admin.close();
};

it('refuses the sessions of attempts below it everywhere, once it has answered, and no others', async () => {
  const [first, second, other] = await Promise.all([
    authorizer.sessionOf('everywhere', 1),
    authorizer.sessionOf('everywhere', 2),
    authorizer.sessionOf('elsewhere', 1),
  ]);
  const { body: unbound } = await authorizer.credentials();
  expect(await onS3(first)).toMatchObject({ allowed: true });
  const { status, body } = await fence('everywhere', 2);
  expect([status, body]).toEqual([200, { jobRunId: 'everywhere', belowAttempt: 2 }]);

  expect(await onS3(first)).toEqual({
    allowed: false,
    code: 'ExpiredToken',
    status: 400,
    message: 'The provided token has expired.',
  });
  expect(authorizer.recorded.at(-1)).toMatchObject({
    allowed: false,
    decidedBy: 'fence of job run everywhere, attempt 1',
  });
  expect(await authorizer.ask(signed(first))).toMatchObject({
    code: 'ExpiredTokenException',
    status: 403,
  });
  const identity = { service: 'sts', action: 'sts:GetCallerIdentity', resource: '*' };
  expect(await authorizer.ask(signed(first, 'sts'), identity)).toMatchObject({
    code: 'ExpiredToken',
    status: 403,
  });
  for (const keys of [second, other, unbound as Keys, root])
    expect(await onS3(keys)).toMatchObject({ allowed: true });
});

it('gives a fenced attempt no credentials, and the next one its own', async () => {
  await fence('fresh', 3).expect(200);
  for (const attempt of [1, 2]) {
    const refused = await authorizer.credentials({ jobRunId: 'fresh', attempt });
    expect([refused.status, refused.body]).toEqual([
      403,
      {
        kind: 'Denied',
        message: `Attempt ${attempt} of job run fresh is fenced off: it gets no credentials any more.`,
      },
    ]);
  }
  expect(await onS3(await authorizer.sessionOf('fresh', 3))).toMatchObject({ allowed: true });
});

it('is one event however often it is asked for, and never falls', async () => {
  for (const [belowAttempt, answered] of [
    [2, 2],
    [2, 2],
    [4, 4],
    [3, 4],
  ] as const)
    await fence('again', belowAttempt).expect(200, { jobRunId: 'again', belowAttempt: answered });
  expect(await eventsOf('again')).toEqual(
    [2, 4].map((belowAttempt) => ({
      type: 'AttemptsFenced',
      data: { jobRunId: 'again', belowAttempt, at: noon.toISOString() },
    })),
  );
});

it('takes simultaneous fences of one run', async () => {
  const session = await authorizer.sessionOf('race', 3);
  const answers = await Promise.all([2, 3, 4].map((belowAttempt) => fence('race', belowAttempt)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(await onS3(session)).toMatchObject({ code: 'ExpiredToken' });
});

it('is in force after a restart, and its attempts get no credentials when it is long forgotten', async () => {
  const session = await authorizer.sessionOf('restarted', 1);
  await fence('restarted', 2).expect(200);
  await authorizer.restart();
  expect(await onS3(session)).toMatchObject({ code: 'ExpiredToken' });
  authorizer.setClock(() => new Date(noon.getTime() + rememberedMs + 1));
  await authorizer.restart();
  await authorizer.credentials({ jobRunId: 'restarted', attempt: 1 }).expect(403);
});

it('is of no effect when it could not be written down, and in force when it then can', async () => {
  const session = await authorizer.sessionOf('unwritten', 1);
  await ownFences('ledger');
  try {
    await fence('unwritten', 2).expect(500);
  } finally {
    await ownFences('iam_authorizer');
  }
  expect(await onS3(session)).toMatchObject({ allowed: true });
  await fence('unwritten', 2).expect(200);
  expect(await onS3(session)).toMatchObject({ code: 'ExpiredToken' });
});

it.each(['gateway', 'worker-agent', 'job-scheduler'])('is not for %s to raise', async (service) => {
  const { status, body } = await fence('guarded', 2, service);
  expect([status, body]).toEqual([
    403,
    { kind: 'Denied', message: 'Only capacity may ask for this.' },
  ]);
});

it.each<[string, object]>([
  ['no attempt', { jobRunId: 'run' }],
  ['the first attempt, below which there is none', { jobRunId: 'run', belowAttempt: 1 }],
  ['half an attempt', { jobRunId: 'run', belowAttempt: 2.5 }],
  ['a run that is none', { jobRunId: 'a/b', belowAttempt: 2 }],
])('refuses %s', async (_name, body) => {
  await authorizer.post('/v1/fences', body, 'capacity').expect(400);
});

it.each<[string, object]>([
  ['of an attempt that is none', { jobRunId: 'run', attempt: 0 }],
  ['of a run whose id leads elsewhere', { jobRunId: 'run/2', attempt: 1 }],
])('gives no credentials %s', async (_name, more) => {
  await authorizer.credentials(more).expect(400);
});
