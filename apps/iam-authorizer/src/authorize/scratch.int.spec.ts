/** The scratch bucket as AWS' own client meets it: signed requests through the gateway to the object store. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { scratchBucket as Bucket } from '@firesteel/contracts/scratch';
import { type AuthorizerUnderTest, root, startAuthorizer } from '../test/authorizer-under-test.ts';
import { type S3Endpoint, startS3Endpoint } from '../test/s3-endpoint.ts';
import type { Keys } from '../test/signing.ts';

let authorizer: AuthorizerUnderTest;
let endpoint: S3Endpoint;
const clients: Record<'first' | 'second' | 'other' | 'root', S3Client> = Object.create(null);

const clientOf = (credentials: Keys): S3Client =>
  new S3Client({
    endpoint: endpoint.url,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials,
  });

beforeAll(async () => {
  authorizer = await startAuthorizer();
  authorizer.setClock(() => new Date());
  endpoint = await startS3Endpoint(authorizer);
  clients.first = clientOf(await authorizer.sessionOf('run', 1));
  clients.second = clientOf(await authorizer.sessionOf('run', 2));
  clients.other = clientOf(await authorizer.sessionOf('runs', 1));
  clients.root = clientOf(root);
  await clients.root.send(new CreateBucketCommand({ Bucket: 'users' }));
  await clients.root.send(new PutObjectCommand({ Bucket: 'users', Key: 'a', Body: 'users/a' }));
}, 120_000);
afterAll(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await endpoint.stop();
  await authorizer.stop();
});

/** One request, by whichever client. */
type Ask = (client: S3Client) => Promise<unknown>;
type Failed = Error & { $metadata?: { httpStatusCode?: number } };

/** Name and status of the refusal, `none` when there is none. */
const refusal = (client: S3Client, ask: Ask): Promise<string> =>
  ask(client).then(
    () => 'none',
    ({ name, $metadata }: Failed) => `${name} ${$metadata?.httpStatusCode}`,
  );
const put = (client: S3Client, Key: string, Body: string | Buffer = Key) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body }));
const read = async (client: S3Client, Key: string, from = Bucket): Promise<string> => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: from, Key }));
  return (await Body?.transformToString()) ?? '';
};
const list = async (client: S3Client, Prefix: string, Delimiter?: string): Promise<unknown[]> => {
  const { Contents = [], CommonPrefixes = [] } = await client.send(
    new ListObjectsV2Command({ Bucket, Prefix, Delimiter }),
  );
  return [...CommonPrefixes.map((each) => each.Prefix), ...Contents.map(({ Key }) => Key)];
};

describe('what S3A does under the prefix of an attempt', () => {
  it('probes what is not there, marks directories, writes, lists and reads', async () => {
    const { first } = clients;
    const missing = (Key: string) =>
      refusal(first, (by) => by.send(new HeadObjectCommand({ Bucket, Key })));
    expect(await refusal(first, (by) => by.send(new HeadBucketCommand({ Bucket })))).toBe('none');
    expect(await refusal(first, (by) => by.send(new GetBucketLocationCommand({ Bucket })))).toBe(
      'none',
    );
    for (const key of ['run/1', 'run/1/', 'run/1/app', 'run/1/app/0/'])
      expect([key, await missing(key)]).toEqual([key, 'NotFound 404']);
    expect(await list(first, 'run/1/', '/')).toEqual([]);
    await put(first, 'run/1/', Buffer.alloc(0));
    await put(first, 'run/1/app/0/', Buffer.alloc(0));
    const marker = await first.send(new HeadObjectCommand({ Bucket, Key: 'run/1/app/0/' }));
    expect(marker.ContentLength).toBe(0);
    await put(first, 'run/1/app/0/1/shuffle_0_1_0.data');
    expect(await list(first, 'run/1/', '/')).toEqual(['run/1/app/', 'run/1/']);
    expect(await list(first, 'run/1/app/')).toEqual([
      'run/1/app/0/',
      'run/1/app/0/1/shuffle_0_1_0.data',
    ]);
    expect(await read(first, 'run/1/app/0/1/shuffle_0_1_0.data')).toBe(
      'run/1/app/0/1/shuffle_0_1_0.data',
    );
  });

  it('uploads 65 MiB in parts, and ends an upload that it gives up', async () => {
    const { first } = clients;
    const Key = 'run/1/app/0/2/shuffle_0_2_0.data';
    const begin = async () =>
      (await first.send(new CreateMultipartUploadCommand({ Bucket, Key }))).UploadId;
    const parts = [Buffer.alloc(64 << 20, 'firesteel '), Buffer.alloc(1 << 20, 'spark ')];
    const UploadId = await begin();
    const Parts = [];
    for (const [at, Body] of parts.entries()) {
      const part = { Bucket, Key, UploadId, PartNumber: at + 1, Body };
      const { ETag } = await first.send(new UploadPartCommand(part));
      Parts.push({ PartNumber: at + 1, ETag });
    }
    await first.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );
    const { ContentLength } = await first.send(new HeadObjectCommand({ Bucket, Key }));
    expect(ContentLength).toBe(65 << 20);
    const tail = { Bucket, Key, Range: `bytes=${(64 << 20) - 3}-${(64 << 20) + 4}` };
    const { Body } = await first.send(new GetObjectCommand(tail));
    const whole = Buffer.concat(parts);
    expect(await Body?.transformToString()).toBe(
      whole.subarray((64 << 20) - 3, (64 << 20) + 5).toString(),
    );

    const given = await begin();
    const pending = new ListMultipartUploadsCommand({ Bucket, Prefix: 'run/1/' });
    expect((await first.send(pending)).Uploads?.map((each) => each.UploadId)).toEqual([given]);
    await first.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: given }));
    expect((await first.send(pending)).Uploads).toBeUndefined();
  });

  it('deletes many at once: its own, and nothing else that it names', async () => {
    const { first, second, other } = clients;
    await put(second, 'run/2/a');
    await put(other, 'runs/1/a');
    const named = ['run/1/app/0/1/shuffle_0_1_0.data', 'run/2/a', 'run/', 'runs/1/a', 'run/1/x'];
    const Objects = named.map((Key) => ({ Key }));
    const { Deleted, Errors } = await first.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
    );
    expect(Deleted?.map(({ Key }) => Key)).toEqual(['run/1/app/0/1/shuffle_0_1_0.data', 'run/1/x']);
    expect(Errors?.map(({ Key, Code }) => [Key, Code])).toEqual(
      ['run/2/a', 'run/', 'runs/1/a'].map((key) => [key, 'AccessDenied']),
    );
    expect(await read(second, 'run/2/a')).toBe('run/2/a');
    expect(authorizer.recorded).toContainEqual(
      expect.objectContaining({
        action: 's3:DeleteObject',
        resource: `arn:aws:s3:::${Bucket}/run/2/a`,
        allowed: false,
        sourceIp: expect.stringContaining('127.0.0.1'),
      }),
    );
  });

  it('leaves nothing when all of it is listed and deleted', async () => {
    const { first } = clients;
    const Objects = (await list(first, 'run/1/')).map((key) => ({ Key: String(key) }));
    expect(Objects.length).toBeGreaterThan(2);
    await first.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    expect(await list(first, 'run/1/')).toEqual([]);
  });
});

describe('nobody else', () => {
  const copy = (by: S3Client, CopySource: string, Key: string, to = 'users') =>
    by.send(new CopyObjectCommand({ Bucket: to, Key, CopySource }));
  beforeAll(() => put(clients.second, 'run/2/secret'));

  const reaching: readonly [string, Ask][] = [
    ['reads', (by) => by.send(new GetObjectCommand({ Bucket, Key: 'run/2/secret' }))],
    ['heads', (by) => by.send(new HeadObjectCommand({ Bucket, Key: 'run/2/secret' }))],
    ['writes', (by) => by.send(new PutObjectCommand({ Bucket, Key: 'run/2/b', Body: 'x' }))],
    [
      'begins an upload',
      (by) => by.send(new CreateMultipartUploadCommand({ Bucket, Key: 'run/2/b' })),
    ],
    ['deletes', (by) => by.send(new DeleteObjectCommand({ Bucket, Key: 'run/2/secret' }))],
    ['lists', (by) => by.send(new ListObjectsV2Command({ Bucket, Prefix: 'run/2/' }))],
    ['copies out', (by) => copy(by, `${Bucket}/run/2/secret`, 'stolen')],
    [
      'copies out by another spelling',
      (by) => copy(by, '/firesteel%2Dscratch/run%2F2/secret', 'stolen'),
    ],
    ['copies in', (by) => copy(by, 'users/a', 'run/2/b', Bucket)],
  ];
  const strangers = ['first', 'other', 'root'] as const;

  it.each(reaching.flatMap(([what, ask]) => strangers.map((who) => [who, what, ask] as const)))(
    '%s %s',
    async (who, what, ask) => {
      // The answer to HEAD has no body to name the error in.
      const expected = what === 'heads' ? 'Unknown 403' : 'AccessDenied 403';
      expect(await refusal(clients[who], ask)).toBe(expected);
    },
  );

  it.each<[string, Ask]>([
    ['lists it all', (by) => by.send(new ListObjectsV2Command({ Bucket }))],
    ['lists it all as of old', (by) => by.send(new ListObjectsCommand({ Bucket }))],
    [
      'lists the attempts of a run',
      (by) => by.send(new ListObjectsV2Command({ Bucket, Prefix: 'run/' })),
    ],
    [
      'lists what begins the same',
      (by) => by.send(new ListObjectsV2Command({ Bucket, Prefix: 'run/2' })),
    ],
    ['lists all uploads', (by) => by.send(new ListMultipartUploadsCommand({ Bucket }))],
    [
      'lists versions',
      (by) => by.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'run/2/' })),
    ],
    ['creates it', (by) => by.send(new CreateBucketCommand({ Bucket }))],
    ['deletes it', (by) => by.send(new DeleteBucketCommand({ Bucket }))],
    ['reads its policy', (by) => by.send(new GetBucketPolicyCommand({ Bucket }))],
    ['tags it', (by) => by.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [] } }))],
    [
      'deletes a key that looks like all of them',
      (by) => by.send(new DeleteObjectCommand({ Bucket, Key: '*' })),
    ],
  ])('%s, the attempt neither', async (_what, ask) => {
    for (const client of Object.values(clients))
      expect(await refusal(client, ask)).toBe('AccessDenied 403');
  });

  it('deletes many of it', async () => {
    const { root: owner } = clients;
    const Delete = { Objects: [{ Key: 'run/2/secret' }] };
    const many: Ask = (by) => by.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect(await refusal(owner, many)).toBe('AccessDenied 403');
    expect(await read(clients.second, 'run/2/secret')).toBe('run/2/secret');
  });

  it('sees it among their buckets', async () => {
    const { Buckets } = await clients.root.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['users']);
  });
});

it('of a user’s own bucket many keys are deleted as ever', async () => {
  const keys = ['many/1', 'many/2'];
  for (const Key of keys)
    await clients.root.send(new PutObjectCommand({ Bucket: 'users', Key, Body: Key }));
  const Delete = { Objects: keys.map((Key) => ({ Key })) };
  for (const client of [clients.second, clients.root]) {
    const { Deleted, Errors } = await client.send(
      new DeleteObjectsCommand({ Bucket: 'users', Delete }),
    );
    expect([Deleted?.length, Errors]).toEqual([2, undefined]);
  }
});

describe('a copy', () => {
  it('goes where both ends are allowed, whole and in parts', async () => {
    const { second } = clients;
    const CopySource = 'users/a';
    await second.send(new CopyObjectCommand({ Bucket, Key: 'run/2/copy', CopySource }));
    expect(await read(second, 'run/2/copy')).toBe('users/a');
    const back = { Bucket: 'users', Key: 'back', CopySource: `${Bucket}/run/2/copy` };
    await second.send(new CopyObjectCommand(back));
    expect(await read(clients.root, 'back', 'users')).toBe('users/a');
    const target = { Bucket: 'users', Key: 'parts' };
    const { UploadId } = await clients.root.send(new CreateMultipartUploadCommand(target));
    const part = { ...target, UploadId, PartNumber: 1, CopySource: `${Bucket}/run/2/copy` };
    expect(await refusal(clients.root, (by) => by.send(new UploadPartCopyCommand(part)))).toBe(
      'AccessDenied 403',
    );
    expect(await refusal(second, (by) => by.send(new UploadPartCopyCommand(part)))).toBe('none');
  });
});

describe('a fence', () => {
  it('ends all that an attempt may do, and leaves the next alone', async () => {
    const { first, second } = clients;
    await put(first, 'run/1/late');
    await authorizer
      .post('/v1/fences', { jobRunId: 'run', belowAttempt: 2 }, 'capacity')
      .expect(200);
    const attempts: Ask[] = [
      (by) => by.send(new PutObjectCommand({ Bucket, Key: 'run/1/later', Body: 'x' })),
      (by) => by.send(new ListObjectsV2Command({ Bucket, Prefix: 'run/1/' })),
      (by) =>
        by.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'run/1/late' }] } })),
      (by) => by.send(new PutObjectCommand({ Bucket: 'users', Key: 'zombie', Body: 'x' })),
      (by) => by.send(new GetObjectCommand({ Bucket: 'users', Key: 'a' })),
    ];
    for (const ask of attempts) expect(await refusal(first, ask)).toBe('ExpiredToken 400');
    expect(
      await refusal(second, (by) =>
        by.send(new ListObjectsV2Command({ Bucket, Prefix: 'run/2/' })),
      ),
    ).toBe('none');
  });
});
