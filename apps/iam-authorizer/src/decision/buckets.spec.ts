/**
 * What a bucket's policy and its caller's say together. Sources: IAM user guide, reference_policies_evaluation-logic
 * and …-cross-account; Amazon S3 API reference, PutBucketPolicy; Amazon S3 user guide, example-walkthroughs-managing-access.
 */
import { type CompiledPolicy, compilePolicy } from '@firesteel/iam-policy/compile';
import type { Principal } from '@firesteel/iam-policy/request';
import { rootCaller } from '../authorize/callers.ts';
import type { BucketInForce } from '../bucket-policy/bucket-policies-in-force.ts';
import { type AccessRequest, type Caller, decideAccess } from './decide.ts';

const [owner, other] = ['111111111111', '222222222222'];
const document = (...Statement: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });
const bucketArn = 'arn:aws:s3:::lake';
const grant = (Principal: unknown, more: object = {}): object => ({
  Sid: 'Grant',
  Effect: 'Allow',
  Principal,
  Action: 's3:GetObject',
  Resource: `${bucketArn}/public/*`,
  ...more,
});
const denyAll = {
  Sid: 'Lock',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: [bucketArn, `${bucketArn}/*`],
};
const lake = (...statements: object[]): BucketInForce => ({
  bucket: 'lake',
  accountId: owner,
  policy: compilePolicy(document(...statements), 'bucket', 'bucket policy lake'),
});

const onS3 = (Effect: string, more: object = {}): CompiledPolicy =>
  compilePolicy(document({ Effect, Action: 's3:*', Resource: '*', ...more }), 'managed', 'mine');
const everything = { identity: [onS3('Allow')] };
const callerOf = (principal: Principal, policies: Partial<Caller['policies']>): Caller => ({
  principal,
  accountId: principal.accountId ?? '',
  accessKeyId: null,
  session: null,
  jobRun: null,
  policies: { identity: [], boundary: null, session: null, ...policies },
});
const user = (account: string, policies: Partial<Caller['policies']> = {}): Caller =>
  callerOf(
    {
      kind: 'user',
      arn: `arn:aws:iam::${account}:user/alice`,
      accountId: account,
      userId: 'AIDA1',
      tags: {},
    },
    policies,
  );
const session = (account: string, policies: Partial<Caller['policies']> = {}): Caller =>
  callerOf(
    {
      kind: 'role-session',
      arn: `arn:aws:sts::${account}:assumed-role/job/run`,
      accountId: account,
      userId: 'AROA1:run',
      tags: {},
      sessionIssuerArn: `arn:aws:iam::${account}:role/etl/job`,
    },
    policies,
  );
const roleArn = (account: string): object => ({ AWS: `arn:aws:iam::${account}:role/etl/job` });
const sessionArn = (account: string): object => ({
  AWS: `arn:aws:sts::${account}:assumed-role/job/run`,
});
const accountArn = (account: string): object => ({ AWS: `arn:aws:iam::${account}:root` });

const read: AccessRequest = { action: 's3:GetObject', resource: `${bucketArn}/public/a` };
const readSecret = { ...read, resource: `${bucketArn}/secret` };
const policyOf = (verb: string): AccessRequest => ({
  action: `s3:${verb}BucketPolicy`,
  resource: bucketArn,
});
const opened = { bucket: 'lake', accountId: owner };

describe('in the account of the bucket', () => {
  it.each<[string, Caller, BucketInForce, AccessRequest, boolean, string]>([
    [
      'either side may allow it: the bucket',
      user(owner),
      lake(grant({ AWS: `arn:aws:iam::${owner}:user/alice` })),
      read,
      true,
      'Allow of Grant in bucket policy lake',
    ],
    [
      'either side may allow it: the user’s own',
      user(owner, everything),
      lake(grant(accountArn(other))),
      read,
      true,
      'Allow of statement 0 in mine',
    ],
    [
      'the bucket denies it',
      user(owner, everything),
      lake(denyAll),
      read,
      false,
      'Deny of Lock in bucket policy lake',
    ],
    [
      'the bucket denies it to root',
      rootCaller(owner),
      lake(denyAll),
      read,
      false,
      'Deny of Lock in bucket policy lake',
    ],
    [
      'what is granted to the account is for its policies to pass on',
      user(owner),
      lake(grant(accountArn(owner))),
      read,
      false,
      'no identity-based policy',
    ],
    [
      'the user’s own denial wins',
      user(owner, { identity: [onS3('Deny')] }),
      lake(grant('*')),
      read,
      false,
      'Deny of statement 0 in mine',
    ],
    [
      'a grant to the role is limited by a session policy',
      session(owner, { session: [] }),
      lake(grant(roleArn(owner))),
      read,
      false,
      'no session policy',
    ],
    [
      'a grant to the session is not',
      session(owner, { session: [] }),
      lake(grant(sessionArn(owner))),
      read,
      true,
      'Allow of Grant in bucket policy lake',
    ],
    [
      'a grant to the role is limited by a permissions boundary',
      session(owner, { boundary: onS3('Allow', { Resource: 'arn:aws:s3:::other' }) }),
      lake(grant(roleArn(owner))),
      read,
      false,
      'no permissions boundary',
    ],
    [
      'keys in a body are asked about one by one',
      user(owner),
      lake(denyAll),
      { action: 's3:DeleteObject', resource: `${bucketArn}/*`, reach: { kind: 'keysInBody' } },
      true,
      'each key is decided on its own',
    ],
    [
      'root reads the policy that locks it out',
      rootCaller(owner),
      lake(denyAll),
      policyOf('Get'),
      true,
      'root user of the account',
    ],
    [
      'root puts another',
      rootCaller(owner),
      lake(denyAll),
      policyOf('Put'),
      true,
      'root user of the account',
    ],
    [
      'root deletes it',
      rootCaller(owner),
      lake(denyAll),
      policyOf('Delete'),
      true,
      'root user of the account',
    ],
    [
      'nobody else does',
      user(owner, everything),
      lake(denyAll),
      policyOf('Delete'),
      false,
      'Deny of Lock in bucket policy lake',
    ],
    [
      'a bucket is made whatever was said of one of its name',
      user(owner, everything),
      lake(denyAll),
      { action: 's3:CreateBucket', resource: bucketArn },
      true,
      'Allow of statement 0 in mine',
    ],
  ])('%s', (_name, caller, bucket, access, allowed, decidedBy) => {
    const { message, ...decision } = decideAccess(caller, { ...access, bucket });
    expect(decision).toEqual({ allowed, decidedBy });
    expect(message === '').toBe(allowed);
  });

  it('names the denial', () => {
    const { message } = decideAccess(user(owner, everything), { ...read, bucket: lake(denyAll) });
    expect(message).toBe(
      `User: arn:aws:iam::${owner}:user/alice is not authorized to perform: s3:GetObject on resource: ${bucketArn}/public/a with an explicit deny in a resource-based policy`,
    );
  });
});

describe('from another account', () => {
  const job = session(other, everything);
  it.each<[string, Caller, BucketInForce, AccessRequest]>([
    ['both sides allow it', job, lake(grant(roleArn(other))), read],
    [
      'the bucket allows it to the account',
      user(other, everything),
      lake(grant(accountArn(other))),
      read,
    ],
    ['the bucket allows it to everybody', job, lake(grant('*')), read],
    ['the bucket allows it to root', rootCaller(other), lake(grant({ AWS: other })), read],
    [
      'its own side names the account of the bucket',
      session(other, {
        identity: [
          onS3('Allow', { Condition: { StringEquals: { 'aws:ResourceAccount': owner } } }),
        ],
      }),
      lake(grant('*')),
      read,
    ],
    [
      'some of the keys in a body may be theirs',
      job,
      lake(grant(roleArn(other))),
      { action: 's3:DeleteObject', resource: `${bucketArn}/*`, reach: { kind: 'keysInBody' } },
    ],
  ])('is let in: %s', (_name, caller, bucket, access) => {
    expect(decideAccess(caller, { ...access, bucket })).toMatchObject({ allowed: true, opened });
  });

  const short = `User: arn:aws:sts::${other}:assumed-role/job/run is not authorized to perform: s3:GetObject on resource: ${bucketArn}`;
  it.each<[string, BucketInForce, AccessRequest, string, string]>([
    [
      'what is not granted',
      lake(grant(roleArn(other))),
      readSecret,
      'no resource-based policy',
      '/secret',
    ],
    [
      'what is denied',
      lake(grant(roleArn(other)), denyAll),
      read,
      'Deny of Lock in bucket policy lake',
      '/public/a',
    ],
    [
      'what is granted under another condition',
      lake(grant(roleArn(other), { Condition: { Bool: { 'aws:SecureTransport': 'true' } } })),
      read,
      'no resource-based policy',
      '/public/a',
    ],
  ])('is refused %s, and not told why', (_name, bucket, access, decidedBy, key) => {
    expect(decideAccess(job, { ...access, bucket })).toEqual({
      allowed: false,
      decidedBy,
      message: `${short}${key}`,
    });
  });

  it.each<[string, Caller, BucketInForce, AccessRequest]>([
    ['grants it nothing', job, lake(grant(accountArn(owner))), read],
    ['grants it nothing and denies it all', job, lake(grant(accountArn(owner)), denyAll), read],
    ['only denies', rootCaller(other), lake(denyAll), read],
    ['grants it nothing, and its own side neither', user(other), lake(denyAll), read],
    [
      'grants it what its own side does not',
      session(other, { identity: [] }),
      lake(grant(roleArn(other))),
      read,
    ],
    [
      'grants it what its own side denies',
      session(other, { identity: [onS3('Deny')] }),
      lake(grant(roleArn(other))),
      read,
    ],
    [
      'grants the session what its session policy does not: no grant across accounts stands alone',
      session(other, { ...everything, session: [] }),
      lake(grant(sessionArn(other))),
      read,
    ],
    [
      'has it to be made',
      job,
      lake(grant('*'), denyAll),
      { action: 's3:CreateBucket', resource: bucketArn },
    ],
    [
      'grants it nothing, whatever keys are in a body',
      job,
      lake(denyAll),
      { action: 's3:DeleteObject', resource: `${bucketArn}/*`, reach: { kind: 'keysInBody' } },
    ],
  ])('is answered as if there were no bucket that %s', (_name, caller, bucket, access) => {
    expect(decideAccess(caller, { ...access, bucket })).toEqual(decideAccess(caller, access));
  });
});
