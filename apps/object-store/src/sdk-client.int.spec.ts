import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  paginateListObjectsV2,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { type LoopbackStore, platformBucket, startLoopbackStore } from './test/loopback-store.ts';

let store: LoopbackStore;
let client: S3Client;
const Bucket = 'test-bucket';

beforeAll(async () => {
  store = await startLoopbackStore();
  client = new S3Client({
    endpoint: store.endpoint,
    region: 'eu-central-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  });
  await client.send(
    new CreateBucketCommand({
      Bucket,
      CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
    }),
  );
});

afterAll(async () => {
  client.destroy();
  await store.stop();
});

const put = (Key: string, Body: string | Buffer = Key) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(Body) }));

const read = async (Key: string, Range?: string): Promise<Buffer> => {
  const { Body } = await client.send(
    new GetObjectCommand({ Bucket, Key, ...(Range === undefined ? {} : { Range }) }),
  );
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};

const list = async (Prefix: string, Delimiter?: string): Promise<string[]> => {
  const { Contents = [], CommonPrefixes = [] } = await client.send(
    new ListObjectsV2Command({ Bucket, Prefix, ...(Delimiter === undefined ? {} : { Delimiter }) }),
  );
  const names = [...Contents.map(({ Key }) => Key), ...CommonPrefixes.map((each) => each.Prefix)];
  return names.map(String).sort();
};

/** Waits for a rejection and gives name and status. */
const failure = async (sent: Promise<unknown>): Promise<[string, number | undefined]> => {
  const error = await sent.then(
    () => undefined,
    (thrown: Error & { $metadata?: { httpStatusCode?: number } }) => thrown,
  );
  return [error?.name ?? 'none', error?.$metadata?.httpStatusCode];
};

const contentFiles = async (): Promise<number> => {
  const root = join(store.dataDir, 'buckets', Bucket, 'content');
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  return files.filter((each) => each.isFile()).length;
};

const raw = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${store.endpoint}${path}`, init);

describe('buckets', () => {
  it('can be created again by the owner, and tells its region', async () => {
    await client.send(new CreateBucketCommand({ Bucket }));
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual([Bucket]);
    const { LocationConstraint } = await client.send(new GetBucketLocationCommand({ Bucket }));
    expect(LocationConstraint).toBe('eu-central-1');
  });

  it('belong to one account', async () => {
    const headers = { 'x-firesteel-account': '999999999999' };
    expect((await raw(`/${Bucket}?list-type=2`, { headers })).status).toBe(404);
    const again = await raw(`/${Bucket}`, { method: 'PUT', headers });
    expect(again.status).toBe(409);
    expect(await again.text()).toContain('<Code>BucketAlreadyExists</Code>');
    expect(await (await raw('/', { headers })).text()).not.toContain(Bucket);
  });

  it('of the platform serve every account, belong to none and are shown to none', async () => {
    const sent = (path: string, init: RequestInit, account = '123456789012') =>
      raw(path, { ...init, headers: { 'x-firesteel-account': account } });
    const path = `/${platformBucket}/run/a`;
    expect((await sent(path, { method: 'PUT', body: 'x' }, '999999999999')).status).toBe(200);
    expect(await (await sent(path, {})).text()).toBe('x');
    const listed = await sent(`/${platformBucket}?list-type=2&fetch-owner=true`, {});
    expect(await listed.text()).toContain('<DisplayName>firesteel</DisplayName>');
    expect(await (await sent('/', {})).text()).not.toContain(platformBucket);
    const created = await sent(`/${platformBucket}`, { method: 'PUT' });
    expect([created.status, await created.text()]).toEqual([
      409,
      expect.stringContaining('<Code>BucketAlreadyExists</Code>'),
    ]);
    await sent(path, { method: 'DELETE' });
    expect((await sent(`/${platformBucket}`, { method: 'DELETE' })).status).toBe(403);
    expect((await sent(`/${platformBucket}`, { method: 'HEAD' })).status).toBe(200);
  });

  it('are refused with a bad name, and deleted only when empty', async () => {
    expect((await raw('/Bad_Name', { method: 'PUT' })).status).toBe(400);
    await client.send(new CreateBucketCommand({ Bucket: 'short-lived' }));
    const object = { Bucket: 'short-lived', Key: 'k' };
    await client.send(new PutObjectCommand({ ...object, Body: 'x' }));
    const remove = () => client.send(new DeleteBucketCommand({ Bucket: 'short-lived' }));
    expect(await failure(remove())).toEqual(['BucketNotEmpty', 409]);
    await client.send(new DeleteObjectCommand(object));
    await remove();
    expect(await failure(remove())).toEqual(['NoSuchBucket', 404]);
  });

  it('answer what is not served with the errors of S3', async () => {
    expect(await failure(client.send(new GetBucketEncryptionCommand({ Bucket })))).toEqual([
      'ServerSideEncryptionConfigurationNotFoundError',
      404,
    ]);
    const unknown = await raw(`/${Bucket}?frobnicate`);
    expect(unknown.status).toBe(501);
    expect(await unknown.text()).toContain('frobnicate');
    expect(unknown.headers.get('x-amz-request-id')).toMatch(/./);
  });

  it('answer to virtual-host names', async () => {
    await put('by-host');
    const status = await new Promise((resolve, reject) => {
      const headers = { host: `${Bucket}.localhost:4580` };
      httpRequest(`${store.endpoint}/by-host`, { headers }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode));
      })
        .once('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });
});

describe('objects', () => {
  it.each(['plain', 'a/../b', '../../../etc/passwd', '/', 'd/', 'é漢😀 +&<>%25', 'a//b', '.', '"'])(
    'keep the key %s and their bytes',
    async (Key) => {
      await put(Key, `content of ${Key}`);
      expect((await read(Key)).toString()).toBe(`content of ${Key}`);
      expect(await list(Key)).toContain(Key);
    },
  );

  it('keep metadata and headers, and give others when asked', async () => {
    const stated = {
      ContentType: 'text/csv',
      ContentEncoding: 'gzip',
      CacheControl: 'no-cache',
      ContentDisposition: 'attachment',
      Metadata: { one: '1', two: 'zwei' },
    };
    await client.send(new PutObjectCommand({ Bucket, Key: 'meta', Body: 'x', ...stated }));
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'meta' }));
    expect(head).toMatchObject({ ...stated, ContentLength: 1, AcceptRanges: 'bytes' });
    const other = await client.send(
      new GetObjectCommand({ Bucket, Key: 'meta', ResponseContentType: 'text/plain' }),
    );
    expect(other.ContentType).toBe('text/plain');
  });

  it('stream in both directions', async () => {
    const chunk = randomBytes(1 << 20);
    const Body = Readable.from(Array.from({ length: 20 }, () => chunk));
    const stream = { Bucket, Key: 'stream', Body, ContentLength: 20 << 20 };
    await client.send(new PutObjectCommand(stream));
    expect((await read('stream')).equals(Buffer.concat(Array(20).fill(chunk)))).toBe(true);
  });

  it('give ranges', async () => {
    await put('range', '0123456789');
    expect((await read('range', 'bytes=2-4')).toString()).toBe('234');
    expect((await read('range', 'bytes=-2')).toString()).toBe('89');
    expect(await failure(read('range', 'bytes=10-'))).toEqual(['InvalidRange', 416]);
  });

  it('judge conditions', async () => {
    const { ETag } = await put('cond', 'x');
    const get = { Bucket, Key: 'cond' };
    const send = (more: object) => failure(client.send(new GetObjectCommand({ ...get, ...more })));
    expect((await send({ IfNoneMatch: ETag }))[1]).toBe(304);
    expect(await send({ IfMatch: '"other"' })).toEqual(['PreconditionFailed', 412]);
    const create = new PutObjectCommand({ ...get, Body: 'y', IfNoneMatch: '*' });
    expect(await failure(client.send(create))).toEqual(['PreconditionFailed', 412]);
    expect((await read('cond')).toString()).toBe('x');
  });

  it('let one of many writers win a conditional create', async () => {
    const create = () =>
      client.send(new PutObjectCommand({ Bucket, Key: 'race', Body: 'x', IfNoneMatch: '*' }));
    const results = await Promise.allSettled(Array.from({ length: 8 }, create));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('are refused when the digest is wrong, and leave nothing', async () => {
    const before = await contentFiles();
    const wrong = { ContentMD5: Buffer.alloc(16).toString('base64') };
    const bad = new PutObjectCommand({ Bucket, Key: 'bad', Body: 'x', ...wrong });
    expect(await failure(client.send(bad))).toEqual(['BadDigest', 400]);
    const headers = { 'x-amz-checksum-crc32': 'AAAAAA==' };
    const crc = await raw(`/${Bucket}/bad`, { method: 'PUT', body: 'x', headers });
    expect([crc.status, (await crc.text()).includes('BadDigest')]).toEqual([400, true]);
    expect(await failure(read('bad'))).toEqual(['NoSuchKey', 404]);
    expect(await contentFiles()).toBe(before);
  });

  it('leave nothing when the client goes away in the middle', async () => {
    const before = await contentFiles();
    await new Promise<void>((resolve) => {
      const headers = { 'content-length': 1 << 24 };
      const upload = httpRequest(`${store.endpoint}/${Bucket}/half`, { method: 'PUT', headers });
      upload.once('error', () => resolve());
      upload.write(randomBytes(1 << 20), () => upload.destroy(new Error('gone')));
    });
    for (let tries = 0; tries < 50 && (await contentFiles()) > before; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await contentFiles()).toBe(before);
    expect(await list('half')).toEqual([]);
  });

  it('keep tags', async () => {
    await put('tagged');
    const TagSet = [{ Key: 'a', Value: 'b' }];
    await client.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet } }));
    const found = await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }));
    expect(found.TagSet).toEqual(TagSet);
    expect((await read('tagged')).toString()).toBe('tagged');
  });

  it('stay readable for a reader that began before they were overwritten', async () => {
    const body = randomBytes(24 << 20);
    await put('pinned', body);
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'pinned' }));
    await put('pinned', 'new');
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
    expect((await read('pinned')).toString()).toBe('new');
  });
});

describe('multipart uploads', () => {
  const part = randomBytes(5 << 20);
  const begin = async (Key: string, more: object = {}): Promise<string> => {
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ...more }),
    );
    return String(UploadId);
  };
  const upload = async (Key: string, UploadId: string, PartNumber: number, Body: Buffer) => {
    const { ETag } = await client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }),
    );
    return { PartNumber, ETag };
  };
  const complete = (Key: string, UploadId: string, Parts: object[]) =>
    client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );

  it('make one object, and completing twice gives the same answer', async () => {
    const id = await begin('multi', { Metadata: { m: '1' } });
    const parts = [
      await upload('multi', id, 3, part),
      await upload('multi', id, 7, part.subarray(9)),
    ];
    const { ETag } = await complete('multi', id, parts);
    expect(ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect((await complete('multi', id, parts)).ETag).toBe(ETag);
    const whole = Buffer.concat([part, part.subarray(9)]);
    expect((await read('multi')).equals(whole)).toBe(true);
    const edge = part.length;
    const range = await read('multi', `bytes=${edge - 10}-${edge + 9}`);
    expect(range.equals(whole.subarray(edge - 10, edge + 10))).toBe(true);
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'multi', PartNumber: 3 }));
    expect([head.ContentLength, head.PartsCount, head.Metadata]).toEqual([edge, 2, { m: '1' }]);
  });

  it('copy ranges of other objects as parts', async () => {
    const id = await begin('assembled');
    const copied = await client.send(
      new UploadPartCopyCommand({
        Bucket,
        Key: 'assembled',
        UploadId: id,
        PartNumber: 1,
        CopySource: `${Bucket}/multi`,
        CopySourceRange: `bytes=1-${5 << 20}`,
      }),
    );
    const tail = await upload('assembled', id, 2, Buffer.from('tail'));
    await complete('assembled', id, [{ PartNumber: 1, ETag: copied.CopyPartResult?.ETag }, tail]);
    const whole = await read('assembled');
    expect(whole.subarray(-4).toString()).toBe('tail');
    expect(whole.subarray(0, part.length - 1).equals(part.subarray(1))).toBe(true);
  });

  it('are listed, refused when wrong, and leave nothing when aborted', async () => {
    const before = await contentFiles();
    const id = await begin('pending/x');
    const one = await upload('pending/x', id, 1, Buffer.from('1'));
    const two = await upload('pending/x', id, 2, Buffer.from('2'));
    const listed = await client.send(
      new ListMultipartUploadsCommand({ Bucket, Prefix: 'pending/', Delimiter: '-' }),
    );
    expect(listed.Uploads?.map(({ Key, UploadId }) => [Key, UploadId])).toEqual([
      ['pending/x', id],
    ]);
    const parts = await client.send(
      new ListPartsCommand({ Bucket, Key: 'pending/x', UploadId: id, MaxParts: 1 }),
    );
    expect([parts.Parts?.length, parts.IsTruncated]).toEqual([1, true]);
    expect(await failure(complete('pending/x', id, [one, two]))).toEqual(['EntityTooSmall', 400]);
    expect(await failure(complete('pending/x', id, [two, one]))).toEqual(['InvalidPartOrder', 400]);
    const foreign = { PartNumber: 1, ETag: '"00"' };
    expect(await failure(complete('pending/x', id, [foreign]))).toEqual(['InvalidPart', 400]);
    expect(await failure(complete('other', id, [one]))).toEqual(['NoSuchUpload', 404]);
    await raw(`/${Bucket}/pending/x?uploadId=${id}`, { method: 'DELETE' });
    expect(await failure(complete('pending/x', id, [one]))).toEqual(['NoSuchUpload', 404]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await contentFiles()).toBe(before);
  });
});

describe('listing', () => {
  it('goes over pages in binary order', async () => {
    const keys = ['p/a', 'p/b/1', 'p/b/2', 'p/c', 'p/\uffee', 'p/😀'];
    for (const key of [...keys].reverse()) await put(key);
    const found: unknown[] = [];
    for await (const page of paginateListObjectsV2(
      { client, pageSize: 2 },
      { Bucket, Prefix: 'p/' },
    )) {
      found.push(...(page.Contents ?? []).map(({ Key }) => Key));
    }
    expect(found).toEqual(keys);
    expect(await list('p/', '/')).toEqual(['p/a', 'p/b/', 'p/c', 'p/\uffee', 'p/😀'].sort());
  });

  it('refuses nonsense', async () => {
    for (const query of ['max-keys=-1', 'max-keys=x', 'continuation-token=zz', 'encoding-type=x']) {
      expect((await raw(`/${Bucket}?list-type=2&${query}`)).status).toBe(400);
    }
  });
});

describe('what S3A does', () => {
  it('probes, marks directories, commits by rename and deletes many', async () => {
    const job = 'out/_temporary/0/task_1';
    expect(await failure(client.send(new HeadObjectCommand({ Bucket, Key: 'out' })))).toEqual([
      'NotFound',
      404,
    ]);
    expect(await list('out/')).toEqual([]);
    await put('out/', '');
    await put(`${job}/`, '');
    for (const part of ['part-0', 'part-1']) await put(`${job}/${part}`);
    expect(await list('out/', '/')).toEqual(['out/', 'out/_temporary/']);
    for (const part of ['part-0', 'part-1']) {
      const CopySource = `${Bucket}/${job}/${part}`;
      await client.send(new CopyObjectCommand({ Bucket, Key: `out/${part}`, CopySource }));
    }
    const temporary = await list('out/_temporary/');
    const Objects = temporary.map((Key) => ({ Key }));
    const deleted = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    );
    expect(deleted.Deleted).toBeUndefined();
    await put('out/_SUCCESS', '');
    expect(await list('out/')).toEqual(['out/', 'out/_SUCCESS', 'out/part-0', 'out/part-1']);
    expect((await read('out/part-1')).toString()).toBe(`${job}/part-1`);
  });
});

describe('a multi-object delete', () => {
  it('leaves alone, and names, what its caller may not delete', async () => {
    await put('protected/a');
    await put('free/a');
    const Objects = [{ Key: 'protected/a' }, { Key: 'free/a' }];
    const answer = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(['free/a']);
    expect(answer.Errors).toMatchObject([{ Key: 'protected/a', Code: 'AccessDenied' }]);
    expect((await read('protected/a')).toString()).toBe('protected/a');
  });

  it('names the keys that are longer than any, and asks about each of the others once', async () => {
    const Objects = ['free/b', 'free/b', 'x'.repeat(1025)].map((Key) => ({ Key }));
    const answer = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(['free/b', 'free/b']);
    expect(answer.Errors?.map(({ Code }) => Code)).toEqual(['KeyTooLongError']);
    expect(store.judged.at(-1)).toEqual(['free/b']);
  });
});

describe('a seal', () => {
  const sealed = (seal: string) =>
    raw(`/${Bucket}/sealed`, {
      method: 'PUT',
      body: 'not what was signed',
      headers: { 'x-firesteel-payload-seal': seal },
    });

  it('that the body does not fit is refused, and nothing is stored', async () => {
    const seal = JSON.stringify({ mode: 'sha256', sha256: '0'.repeat(64) });
    const answer = await sealed(Buffer.from(seal, 'utf8').toString('base64url'));
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('<Code>XAmzContentSHA256Mismatch</Code>');
    expect(await failure(read('sealed'))).toEqual(['NoSuchKey', 404]);
  });

  it('that cannot be read lets nothing through', async () => {
    expect((await sealed('nonsense')).status).toBe(403);
  });
});

describe('malformed input', () => {
  it.each([
    ['POST', `/${Bucket}?delete`, '<Delete>'],
    ['POST', `/${Bucket}?delete`, ''],
    ['POST', `/${Bucket}/k?uploadId=x`, '<a/>'],
    ['PUT', `/${Bucket}/k?uploadId=x&partNumber=0`, 'x'],
    ['PUT', `/${Bucket}/k?partNumber=1`, 'x'],
    ['PUT', `/${Bucket}/k?tagging`, '<Tagging/>'],
    ['PUT', '/new-bucket', '<CreateBucketConfiguration'],
    ['PUT', `/${Bucket}/%ff`, 'x'],
    ['GET', `/${Bucket}/k?versionId=nope`, undefined],
    ['PATCH', `/${Bucket}/k`, 'x'],
    ['GET', `/${Bucket}?prefix=%zz`, undefined],
  ])('%s %s %s is the client’s fault', async (method, path, body) => {
    const response = await raw(path, { method, ...(body === undefined ? {} : { body }) });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(await response.text()).toContain('<Error><Code>');
  });

  it('has never been an internal failure in all these tests', () => {
    expect(store.failures).toEqual([]);
  });
});
