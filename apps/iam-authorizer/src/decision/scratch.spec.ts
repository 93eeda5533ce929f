import { compilePolicy } from '@firesteel/iam-policy/compile';
import { rootCaller } from '../authorize/callers.ts';
import { type Caller, decideAccess, type Reach } from './decide.ts';

const accountId = '123456789012';
/** Its role may do everything, where policies are asked. */
const everything =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';
const session = (jobRun: Caller['jobRun']): Caller => ({
  principal: {
    kind: 'role-session',
    arn: `arn:aws:sts::${accountId}:assumed-role/job/run`,
    accountId,
    userId: 'AROA1:run',
    tags: {},
  },
  accountId,
  accessKeyId: null,
  session: null,
  jobRun,
  policies: { identity: [compilePolicy(everything, 'managed')], boundary: null, session: null },
});
const attempt = session({ jobRunId: 'run', attempt: 2 });
const strangers: readonly [string, Caller][] = [
  ['root', rootCaller(accountId)],
  ['a session of no run', session(null)],
  ['another attempt', session({ jobRunId: 'run', attempt: 1 })],
  ['another run', session({ jobRunId: 'runs', attempt: 2 })],
];

const names = (prefix: string): Reach => ({ kind: 'names', prefix });
const bucketItself: Reach = { kind: 'bucketItself' };
const keysInBody: Reach = { kind: 'keysInBody' };
const scratch = 'firesteel-scratch';
const may = (caller: Caller, action: string, path: string, reach: Reach | null): boolean =>
  decideAccess(caller, {
    action: `s3:${action}`,
    resource: `arn:aws:s3:::${path}`,
    reach: reach ?? undefined,
  }).allowed;

const own: readonly [string, string, Reach | null][] = [
  ['GetObject', `${scratch}/run/2/shuffle_0_1_0.data`, null],
  ['PutObject', `${scratch}/run/2/`, null],
  ['PutObject', `${scratch}/run/2/a/../b`, null],
  ['DeleteObject', `${scratch}/run/2/a`, null],
  ['AbortMultipartUpload', `${scratch}/run/2/a`, null],
  ['ListMultipartUploadParts', `${scratch}/run/2/a`, null],
  ['ListBucket', scratch, names('run/2/')],
  ['ListBucket', scratch, names('run/2/app/0/')],
  ['ListBucketMultipartUploads', scratch, names('run/2/')],
];

it.each(own)('lets an attempt into its own space: %s on %s', (action, path, reach) => {
  expect(may(attempt, action, path, reach)).toBe(true);
});

it.each(
  own.flatMap(([action, path, reach]) =>
    strangers.map(([who, caller]) => [who, action, path, caller, reach] as const),
  ),
)('keeps %s out of it: %s on %s', (_who, action, path, caller, reach) => {
  expect(may(caller, action, path, reach)).toBe(false);
});

it.each<[boolean, string, string, Reach | null]>([
  [true, 'ListBucket', scratch, names('run/2/')],
  [true, 'DeleteObject', `${scratch}/run/2/a`, null],
  [false, 'GetObject', `${scratch}/run/2/a`, null],
  [false, 'PutObject', `${scratch}/run/2/a`, null],
  [false, 'DeleteObject', `${scratch}/run/22a`, null],
  [false, 'DeleteObject', `${scratch}/run/23/a`, null],
  [false, 'DeleteObject', `${scratch}/runs/2/a`, null],
])('lets a later attempt clear away, and no more: %s, %s on %s', (allowed, action, path, reach) => {
  expect(may(session({ jobRunId: 'run', attempt: 22 }), action, path, reach)).toBe(allowed);
});

it.each<[string, string, Reach | null]>([
  ['GetBucketLocation', scratch, null],
  ['ListBucket', scratch, bucketItself],
  // The keys of DeleteObjects are judged one by one, where the body is read.
  ['DeleteObject', `${scratch}/*`, keysInBody],
  // S3A asks whether its directory is a file; nobody may write there.
  ['GetObject', `${scratch}/run/2`, null],
])('lets any attempt: %s on %s', (action, path, reach) => {
  expect(may(attempt, action, path, reach)).toBe(true);
});

it.each<[string, string, Reach | null]>([
  ['GetObject', `${scratch}/run/20/a`, null],
  ['GetObject', `${scratch}/run/`, null],
  ['GetObject', `${scratch}/run`, null],
  ['GetObject', `${scratch}/run/3`, null],
  ['GetObject', `${scratch}//run/2/a`, null],
  ['PutObject', `${scratch}/run/2`, null],
  ['DeleteObject', `${scratch}/run/2`, null],
  ['DeleteObject', `${scratch}/*`, null],
  ['PutObject', `${scratch}/*`, null],
  ['PutObject', `${scratch}/*`, keysInBody],
  ['ListBucket', scratch, null],
  ['ListBucket', scratch, names('')],
  ['ListBucket', scratch, names('run/2')],
  ['ListBucket', scratch, names('run/')],
  ['ListBucket', scratch, names('run/20/')],
  ['ListBucket', scratch, names('other/2/')],
  ['ListBucket', scratch, keysInBody],
  ['ListBucketVersions', scratch, names('run/2/')],
  ['ListBucketMultipartUploads', scratch, bucketItself],
  ['CreateBucket', scratch, null],
  ['DeleteBucket', scratch, null],
  ['PutBucketPolicy', scratch, null],
  ['GetBucketPolicy', scratch, null],
  ['PutBucketTagging', scratch, null],
  ['GetBucketAcl', scratch, null],
])('lets nobody: %s on %s, %j', (action, path, reach) => {
  const callers = [attempt, ...strangers.map(([, caller]) => caller)];
  expect(callers.filter((caller) => may(caller, action, path, reach))).toEqual([]);
});

it.each(['firesteel-scratches', 'a-firesteel-scratch', 'bucket/firesteel-scratch/run/2/'])(
  'says nothing of %s',
  (path) => {
    expect(strangers.every(([, caller]) => may(caller, 'PutObject', path, null))).toBe(true);
  },
);
