/** Policies of buckets as AWS' own client meets them: two accounts, through the gateway to the object store. */
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { scratchBucket } from '@firesteel/contracts/scratch';
import {
  type AuthorizerUnderTest,
  accountId,
  roleArn,
  root,
  startAuthorizer,
} from '../test/authorizer-under-test.ts';
import { type S3Endpoint, startS3Endpoint } from '../test/s3-endpoint.ts';
import type { Keys } from '../test/signing.ts';

const ownerId = '222222222222';
const Bucket = 'lake';
const bucketArn = `arn:aws:s3:::${Bucket}`;

let authorizer: AuthorizerUnderTest;
let endpoint: S3Endpoint;
/** `owner` and `steward` are of the bucket's account; `job` runs in the other one, whose root is `stranger`. */
const clients: Record<'owner' | 'steward' | 'job' | 'stranger', S3Client> = Object.create(null);

const clientOf = (credentials: Keys): S3Client =>
  new S3Client({
    endpoint: endpoint.url,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials,
  });
const keysOf = ({ AccessKeyId, SecretAccessKey }: Record<string, string>): Keys => ({
  accessKeyId: AccessKeyId ?? '',
  secretAccessKey: SecretAccessKey ?? '',
});

/** A user of the owner's account who may do everything with S3. */
async function makeSteward(ownerKeys: Keys): Promise<Keys> {
  const iam = (operation: string, input: object) =>
    authorizer.query(ownerKeys, 'iam', operation, { UserName: 'steward', ...input });
  await iam('CreateUser', {});
  const PolicyDocument = document({ Effect: 'Allow', Action: 's3:*', Resource: '*' });
  await iam('PutUserPolicy', { PolicyName: 'all', PolicyDocument });
  const { AccessKey } = await iam('CreateAccessKey', {});
  return keysOf(AccessKey as Record<string, string>);
}

beforeAll(async () => {
  authorizer = await startAuthorizer();
  authorizer.setClock(() => new Date());
  endpoint = await startS3Endpoint(authorizer);
  const { body } = await authorizer.post('/v1/accounts', { accountId: ownerId }, 'operator');
  clients.owner = clientOf(body);
  clients.steward = clientOf(await makeSteward(body));
  clients.job = clientOf(await authorizer.sessionOf('run', 1));
  clients.stranger = clientOf(root);
  await clients.owner.send(new CreateBucketCommand({ Bucket }));
  for (const Key of ['public/a', 'public/b', 'private/a']) await write(clients.owner, Key);
  await clients.job.send(new CreateBucketCommand({ Bucket: 'results' }));
}, 120_000);
afterAll(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await endpoint.stop();
  await authorizer.stop();
});

/** A session of the role `job` with a policy of its own. */
async function limitedTo(sessionName: string, policy: object): Promise<S3Client> {
  const { body } = await authorizer.credentials({ sessionName, policy: document(policy) });
  const { accessKeyId, secretAccessKey, sessionToken } = body;
  return clientOf({ accessKeyId, secretAccessKey, sessionToken });
}

const document = (...Statement: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });
const put = (client: S3Client, ...statements: object[]) =>
  client.send(new PutBucketPolicyCommand({ Bucket, Policy: document(...statements) }));
const write = (client: S3Client, Key: string) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
const read = async (client: S3Client, Key: string, from = Bucket): Promise<string> => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: from, Key }));
  return (await Body?.transformToString()) ?? '';
};
const list = async (client: S3Client, Prefix: string): Promise<unknown[]> => {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.map(({ Key }) => Key);
};
const copy = (client: S3Client, CopySource: string, Key = 'copy') =>
  client.send(new CopyObjectCommand({ Bucket: 'results', Key, CopySource }));

type Failed = Error & { $metadata?: { httpStatusCode?: number } };
/** Name and status of the refusal, `none` when there is none. */
const refusal = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'none',
    ({ name, $metadata }: Failed) => `${name} ${$metadata?.httpStatusCode}`,
  );
const message = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'none',
    (error: Error) => error.message,
  );

/** The documented way for a job to reach another account's bucket (EMR Serverless user guide, jobs-s3-access). */
const lend = [
  {
    Sid: 'List',
    Effect: 'Allow',
    Principal: { AWS: roleArn },
    Action: 's3:ListBucket',
    Resource: bucketArn,
    Condition: { StringLike: { 's3:prefix': 'public/*' } },
  },
  {
    Sid: 'Use',
    Effect: 'Allow',
    Principal: { AWS: roleArn },
    Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
    Resource: `${bucketArn}/public/*`,
  },
];
const lock = {
  Sid: 'Lock',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: [bucketArn, `${bucketArn}/*`],
};

/** Everything of the bucket that the other account may ask for, and how. */
const asking: readonly [string, (by: S3Client, Bucket: string) => Promise<unknown>][] = [
  ['reads', (by, name) => by.send(new GetObjectCommand({ Bucket: name, Key: 'public/a' }))],
  ['heads', (by, name) => by.send(new HeadObjectCommand({ Bucket: name, Key: 'public/a' }))],
  ['looks for it', (by, name) => by.send(new HeadBucketCommand({ Bucket: name }))],
  ['lists', (by, name) => by.send(new ListObjectsV2Command({ Bucket: name, Prefix: 'public/' }))],
  [
    'writes',
    (by, name) => by.send(new PutObjectCommand({ Bucket: name, Key: 'public/c', Body: 'c' })),
  ],
  ['deletes', (by, name) => by.send(new DeleteObjectCommand({ Bucket: name, Key: 'public/c' }))],
  [
    'deletes many',
    (by, name) =>
      by.send(
        new DeleteObjectsCommand({ Bucket: name, Delete: { Objects: [{ Key: 'public/c' }] } }),
      ),
  ],
  ['copies', (by, name) => copy(by, `${name}/public/a`)],
  [
    'begins an upload',
    (by, name) => by.send(new CreateMultipartUploadCommand({ Bucket: name, Key: 'public/c' })),
  ],
  ['reads its policy', (by, name) => by.send(new GetBucketPolicyCommand({ Bucket: name }))],
  [
    'asks whether it is public',
    (by, name) => by.send(new GetBucketPolicyStatusCommand({ Bucket: name })),
  ],
  [
    'puts its policy',
    (by, name) => by.send(new PutBucketPolicyCommand({ Bucket: name, Policy: document(lock) })),
  ],
  ['deletes its policy', (by, name) => by.send(new DeleteBucketPolicyCommand({ Bucket: name }))],
  ['deletes it', (by, name) => by.send(new DeleteBucketCommand({ Bucket: name }))],
];

it('is put, read, judged and deleted', async () => {
  const { owner } = clients;
  const get = new GetBucketPolicyCommand({ Bucket });
  expect(await refusal(owner.send(get))).toBe('NoSuchBucketPolicy 404');
  const Policy = `${document(...lend)}\n`;
  const { $metadata } = await owner.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  expect($metadata.httpStatusCode).toBe(204);
  expect((await owner.send(get)).Policy).toBe(Policy);
  const status = new GetBucketPolicyStatusCommand({ Bucket });
  expect((await owner.send(status)).PolicyStatus).toEqual({ IsPublic: false });
  expect(await message(put(owner, { ...lend[1], Principal: { AWS: 'nobody' } }))).toBe(
    'Invalid principal in policy',
  );
  expect(await refusal(put(owner, { ...lend[1], Effect: 'May' }))).toBe('MalformedPolicy 400');
  await owner.send(new DeleteBucketPolicyCommand({ Bucket }));
  expect(await refusal(owner.send(get))).toBe('NoSuchBucketPolicy 404');
});

describe('a job of another account', () => {
  beforeAll(() => put(clients.owner, ...lend));

  it('does what both sides allow, and nothing more', async () => {
    const { job, owner } = clients;
    expect(await read(job, 'public/a')).toBe('public/a');
    expect(await list(job, 'public/')).toEqual(['public/a', 'public/b']);
    await write(job, 'public/mine');
    expect(await read(owner, 'public/mine')).toBe('public/mine');
    await job.send(new DeleteObjectCommand({ Bucket, Key: 'public/mine' }));
    expect(await refusal(read(owner, 'public/mine'))).toBe('NoSuchKey 404');
    expect(await refusal(read(job, 'private/a'))).toBe('AccessDenied 403');
    expect(await refusal(list(job, ''))).toBe('AccessDenied 403');
    expect(await refusal(write(job, 'private/b'))).toBe('AccessDenied 403');
    expect(await message(read(job, 'private/a'))).toBe(
      `User: arn:aws:sts::${accountId}:assumed-role/job/run is not authorized to perform: s3:GetObject on resource: ${bucketArn}/private/a`,
    );
    const { Buckets } = await job.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['results']);
  });

  it('deletes of many keys those that are granted', async () => {
    await write(clients.owner, 'public/c');
    const Objects = ['public/c', 'private/a'].map((Key) => ({ Key }));
    const { Deleted, Errors } = await clients.job.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
    );
    expect(Deleted?.map(({ Key }) => Key)).toEqual(['public/c']);
    expect(Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([['private/a', 'AccessDenied']]);
    expect(await read(clients.owner, 'private/a')).toBe('private/a');
  });

  it('copies from one account to the other, whole and in parts', async () => {
    const { job } = clients;
    await copy(job, `${Bucket}/public/a`);
    expect(await read(job, 'copy', 'results')).toBe('public/a');
    expect(await refusal(copy(job, `${Bucket}/private/a`))).toBe('AccessDenied 403');
    const target = { Bucket: 'results', Key: 'parts' };
    const { UploadId } = await job.send(new CreateMultipartUploadCommand(target));
    const part = { ...target, UploadId, PartNumber: 1 };
    const copied = (CopySource: string) =>
      job.send(new UploadPartCopyCommand({ ...part, CopySource }));
    expect(await refusal(copied(`${Bucket}/private/a`))).toBe('AccessDenied 403');
    const { CopyPartResult } = await copied(`${Bucket}/public/b`);
    const Parts = [{ PartNumber: 1, ETag: CopyPartResult?.ETag }];
    await job.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
    );
    expect(await read(job, 'parts', 'results')).toBe('public/b');
    const back = { Bucket, Key: 'public/back', CopySource: 'results/copy' };
    await job.send(new CopyObjectCommand(back));
    expect(await read(clients.owner, 'public/back')).toBe('public/a');
  });

  it('has each decision in the trail, with the statement that decided', async () => {
    await read(clients.job, 'public/a');
    const fact = {
      action: 's3:GetObject',
      principal: `arn:aws:sts::${accountId}:assumed-role/job/run`,
    };
    expect(authorizer.recorded.at(-1)).toMatchObject({
      ...fact,
      allowed: true,
      decidedBy: 'Allow of Use in bucket policy lake',
    });
    await refusal(read(clients.job, 'private/a'));
    expect(authorizer.recorded.at(-1)).toMatchObject({
      ...fact,
      allowed: false,
      decidedBy: 'no resource-based policy',
    });
  });

  it('is not let in for the policy, whatever is granted', async () => {
    await put(clients.owner, { ...lend[1], Action: 's3:*', Resource: bucketArn });
    for (const ask of [
      () => clients.job.send(new GetBucketPolicyCommand({ Bucket })),
      () => put(clients.job, lock),
      () => clients.job.send(new DeleteBucketPolicyCommand({ Bucket })),
    ])
      expect(await refusal(ask())).toBe('MethodNotAllowed 405');
    expect(authorizer.recorded.at(-1)).toMatchObject({
      action: 's3:DeleteBucketPolicy',
      allowed: false,
      decidedBy: 'a policy is for the account that owns the bucket',
    });
    await put(clients.owner, ...lend);
  });

  it('loses what it had as soon as a policy is replaced, and deleted', async () => {
    const { owner, job } = clients;
    await put(owner, { ...lend[1], Resource: `${bucketArn}/elsewhere` });
    expect(await refusal(read(job, 'public/a'))).toBe('AccessDenied 403');
    await put(owner, ...lend);
    expect(await read(job, 'public/a')).toBe('public/a');
    await owner.send(new DeleteBucketPolicyCommand({ Bucket }));
    expect(await refusal(read(job, 'public/a'))).toBe('NoSuchBucket 404');
  });

  it('reads again after the authorizer was restarted', async () => {
    await put(clients.owner, ...lend);
    await authorizer.restart();
    expect(await read(clients.job, 'public/a')).toBe('public/a');
  });

  it('reads nothing once it is fenced off', async () => {
    const job = clientOf(await authorizer.sessionOf('fenced', 1));
    expect(await read(job, 'public/a')).toBe('public/a');
    await authorizer
      .post('/v1/fences', { jobRunId: 'fenced', belowAttempt: 2 }, 'capacity')
      .expect(200);
    expect(await refusal(read(job, 'public/a'))).toBe('ExpiredToken 400');
    job.destroy();
  });

  it('is held to the policy it was started with, also by a grant to its session', async () => {
    const job = await limitedTo('held', {
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: `${bucketArn}/public/a`,
    });
    const session = { AWS: `arn:aws:sts::${accountId}:assumed-role/job/held` };
    await put(clients.owner, ...lend, { ...lend[1], Sid: 'Session', Principal: session });
    expect(await read(job, 'public/a')).toBe('public/a');
    expect(await refusal(read(job, 'public/b'))).toBe('AccessDenied 403');
    job.destroy();
  });
});

it('goes by the tags of objects, when they are read, copied and changed', async () => {
  const { owner, job } = clients;
  const condition = { StringEquals: { 's3:ExistingObjectTag/security': 'public' } };
  const Action = ['s3:GetObject', 's3:GetObjectTagging', 's3:PutObjectTagging'];
  await put(owner, { ...lend[1], Action, Resource: `${bucketArn}/*`, Condition: condition });
  const tag = (client: S3Client, Key: string, Value: string) => {
    const Tagging = { TagSet: [{ Key: 'security', Value }] };
    return client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging }));
  };
  expect(await refusal(read(job, 'public/a'))).toBe('AccessDenied 403');
  await tag(owner, 'public/a', 'public');
  await tag(owner, 'public/b', 'secret');
  expect(await read(job, 'public/a')).toBe('public/a');
  await copy(job, `${Bucket}/public/a`, 'tagged');
  for (const refused of [
    read(job, 'public/b'),
    copy(job, `${Bucket}/public/b`),
    tag(job, 'public/b', 'public'),
  ])
    expect(await refusal(refused)).toBe('AccessDenied 403');
  await tag(job, 'public/a', 'secret');
  expect(await refusal(read(job, 'public/a'))).toBe('AccessDenied 403');
  await put(owner, {
    ...lock,
    Action: 's3:GetObject',
    Resource: `${bucketArn}/*`,
    Condition: { StringEquals: { 's3:ExistingObjectTag/security': 'secret' } },
  });
  expect(await refusal(read(owner, 'public/b'))).toBe('AccessDenied 403');
  expect(await read(owner, 'private/a')).toBe('private/a');
  for (const Key of ['public/a', 'public/b'])
    await owner.send(new DeleteObjectTaggingCommand({ Bucket, Key }));
  await owner.send(new DeleteBucketPolicyCommand({ Bucket }));
});

describe('a session of the bucket’s own account', () => {
  const own = 'own-lake';
  const granting = (AWS: string) => ({
    Effect: 'Allow',
    Principal: { AWS },
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${own}/*`,
  });
  const putOwn = (AWS: string) =>
    clients.stranger.send(
      new PutBucketPolicyCommand({ Bucket: own, Policy: document(granting(AWS)) }),
    );

  it('has what is granted to itself beyond its session policy, and to its role within it', async () => {
    await clients.stranger.send(new CreateBucketCommand({ Bucket: own }));
    await clients.stranger.send(new PutObjectCommand({ Bucket: own, Key: 'a', Body: 'a' }));
    const narrow = await limitedTo('narrow', {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: '*',
    });
    expect(await refusal(read(narrow, 'a', own))).toBe('AccessDenied 403');
    await putOwn(roleArn);
    expect(await message(read(narrow, 'a', own))).toContain('because no session policy allows');
    await putOwn(`arn:aws:sts::${accountId}:assumed-role/job/narrow`);
    expect(await read(narrow, 'a', own)).toBe('a');
    narrow.destroy();
  });
});

describe('to an account that is granted nothing', () => {
  it.each<[string, object[]]>([
    ['of whom nothing is said', [{ ...lend[1], Principal: { AWS: ownerId } }]],
    ['that is denied everything', [lock, { ...lend[1], Principal: { AWS: ownerId } }]],
  ])('%s the bucket is not there', async (_name, statements) => {
    const { owner, stranger, job } = clients;
    await put(owner, ...statements);
    for (const client of [stranger, job])
      for (const [what, ask] of asking) {
        const theirs = await refusal(ask(client, Bucket));
        expect([what, theirs]).toEqual([what, await refusal(ask(client, 'nobodys-lake'))]);
        expect([what, theirs]).toEqual([what, expect.stringMatching(/ 404$/)]);
      }
    await owner.send(new DeleteBucketPolicyCommand({ Bucket }));
    expect(await list(owner, 'p')).toContain('public/a');
  });
});

describe('a denial', () => {
  afterEach(() => clients.owner.send(new DeleteBucketPolicyCommand({ Bucket })));

  it('holds for everybody of the account, and is named', async () => {
    const { owner, steward } = clients;
    expect(await read(steward, 'private/a')).toBe('private/a');
    await put(steward, { ...lock, Action: 's3:GetObject', Resource: `${bucketArn}/private/*` });
    for (const client of [owner, steward])
      expect(await message(read(client, 'private/a'))).toContain(
        'is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::lake/private/a with an explicit deny in a resource-based policy',
      );
    expect(await read(steward, 'public/a')).toBe('public/a');
  });

  it('of everything leaves root the policy, and nobody else', async () => {
    const { owner, steward } = clients;
    await put(owner, lock);
    expect(await refusal(read(owner, 'public/a'))).toBe('AccessDenied 403');
    expect(await refusal(steward.send(new DeleteBucketPolicyCommand({ Bucket })))).toBe(
      'AccessDenied 403',
    );
    expect(await refusal(put(steward, ...lend))).toBe('AccessDenied 403');
    const { Policy } = await owner.send(new GetBucketPolicyCommand({ Bucket }));
    expect(Policy).toBe(document(lock));
    await put(owner, lock, ...lend);
    await owner.send(new DeleteBucketPolicyCommand({ Bucket }));
    expect(await read(owner, 'public/a')).toBe('public/a');
  });

  it('of unencrypted objects goes by the header', async () => {
    const { owner } = clients;
    const condition = { Null: { 's3:x-amz-server-side-encryption': 'true' } };
    const Resource = `${bucketArn}/*`;
    await put(owner, { ...lock, Action: 's3:PutObject', Resource, Condition: condition });
    expect(await refusal(write(owner, 'public/plain'))).toBe('AccessDenied 403');
    const ServerSideEncryption = 'AES256';
    const sealed = { Bucket, Key: 'public/sealed', Body: 'sealed', ServerSideEncryption } as const;
    expect(await refusal(owner.send(new PutObjectCommand(sealed)))).toBe('none');
  });
});

it('is not put on what is the platform’s', async () => {
  const policy = { ...lock, Resource: `arn:aws:s3:::${scratchBucket}` };
  const Policy = document(policy);
  for (const client of Object.values(clients)) {
    const asked = client.send(new PutBucketPolicyCommand({ Bucket: scratchBucket, Policy }));
    expect(await refusal(asked)).toBe('AccessDenied 403');
  }
});

it('goes with its bucket: who takes the name has none', async () => {
  const { owner, stranger } = clients;
  const passed = { Bucket: 'passed-on' };
  await owner.send(new CreateBucketCommand(passed));
  const Policy = document({
    ...lock,
    Resource: ['arn:aws:s3:::passed-on', 'arn:aws:s3:::passed-on/*'],
  });
  await owner.send(new PutBucketPolicyCommand({ ...passed, Policy }));
  // What is said of a bucket says nothing of making one.
  expect(await refusal(stranger.send(new CreateBucketCommand(passed)))).toBe(
    'BucketAlreadyExists 409',
  );
  await owner.send(new DeleteBucketPolicyCommand(passed));
  const open = document({
    ...lend[0],
    Principal: { AWS: ownerId },
    Resource: 'arn:aws:s3:::passed-on',
  });
  await owner.send(new PutBucketPolicyCommand({ ...passed, Policy: open }));
  await owner.send(new DeleteBucketCommand(passed));
  await stranger.send(new CreateBucketCommand(passed));
  expect(await refusal(stranger.send(new GetBucketPolicyCommand(passed)))).toBe(
    'NoSuchBucketPolicy 404',
  );
  await stranger.send(new PutObjectCommand({ ...passed, Key: 'a', Body: 'a' }));
  expect(await refusal(read(owner, 'a', 'passed-on'))).toBe('NoSuchBucket 404');
});
