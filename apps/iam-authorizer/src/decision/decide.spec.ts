import { type Caller, decideAccess } from './decide.ts';

const root: Caller = {
  kind: 'root',
  accountId: '123456789012',
  principal: 'arn:aws:iam::123456789012:root',
  jobRun: null,
};
const session: Caller = {
  kind: 'roleSession',
  accountId: '123456789012',
  principal: 'arn:aws:sts::123456789012:assumed-role/job/run',
  jobRun: { jobRunId: 'run', attempt: 2 },
};
const application = 'arn:aws:emr-serverless:us-east-1:123456789012:/applications/00f1';
const foreign = 'arn:aws:emr-serverless:us-east-1:999999999999:/applications/00f1';

it.each<[string, Caller, string, string, boolean]>([
  ['root in its account', root, 'emr-serverless:StartJobRun', application, true],
  ['root on what names nothing yet', root, 'emr-serverless:CreateApplication', '*', true],
  ['root in another account', root, 'emr-serverless:GetApplication', foreign, false],
  ['root on S3', root, 's3:PutObject', 'arn:aws:s3:::bucket/key', true],
  ['a run on S3', session, 's3:GetObject', 'arn:aws:s3:::bucket/key', true],
  ['a run on another run', session, 'emr-serverless:CancelJobRun', application, false],
  ['a run on roles', session, 'iam:CreateRole', '*', false],
  ['a run that looks like S3', session, 's3x:GetObject', '*', false],
  ['a run that asks who it is', session, 'sts:GetCallerIdentity', '*', true],
])('decides on %s', (_name, caller, action, resource, allowed) => {
  expect(decideAccess(caller, { action, resource }).allowed).toBe(allowed);
});
