import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { HeaderList } from './canonical-request.ts';
import { openSealed } from './sealed-body.ts';
import { parseAuthorization } from './signed-request.ts';
import { SECRET } from './test/signing.ts';
import { verify } from './verify.ts';

type Received = { mode: string; rawPath: string; content: Buffer };
let received: Received[] = [];
let server: Server;
let client: S3Client;

const headersOf = ({ rawHeaders }: IncomingMessage): HeaderList =>
  Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
    (rawHeaders[2 * index] as string).toLowerCase(),
    rawHeaders[2 * index + 1] as string,
  ]);

async function receive(request: IncomingMessage): Promise<number> {
  const [rawPath = '', rawQuery = ''] = (request.url ?? '').split('?');
  const headers = headersOf(request);
  const parsed = parseAuthorization({ method: request.method ?? '', rawPath, rawQuery, headers });
  if (!parsed.ok) return parsed.status;
  const result = verify({
    request: parsed.request,
    secretAccessKey: SECRET,
    now: new Date(),
    expected: { services: ['s3'] },
  });
  if (!result.ok) return result.status;
  const content = await buffer(request.pipe(openSealed(result.seal, headers)));
  received.push({ mode: result.seal.mode, rawPath, content });
  return 200;
}

beforeAll(async () => {
  server = createServer((request, response) => {
    receive(request)
      .catch(() => 400)
      .then((status) => response.writeHead(status).end())
      .catch((thrown: unknown) => response.destroy(thrown as Error));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  client = new S3Client({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'AKID', secretAccessKey: SECRET, sessionToken: 'token' },
    maxAttempts: 1,
  });
});

beforeEach(() => {
  received = [];
});

afterAll(async () => {
  client.destroy();
  await new Promise((closed) => server.close(closed));
});

const KEYS = ['plain', "a b/c+d/ü/%2F/é~!*'()", '../x', 'a//b/', '日=本&語;,'];

it.each(KEYS)("opens what AWS' S3 client puts at %j, whole or as a stream", async (Key) => {
  const content = Buffer.alloc(200_000, 'firesteel ');
  await client.send(new PutObjectCommand({ Bucket: 'bucket', Key, Body: content }));
  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const) {
    const Body = Readable.from([content.subarray(0, 70_000), content.subarray(70_000)]);
    const stream = {
      Bucket: 'bucket',
      Key,
      Body,
      ContentLength: content.length,
      ChecksumAlgorithm,
    };
    await client.send(new PutObjectCommand(stream));
  }
  expect(received.map(({ mode }) => mode)).toEqual([
    'sha256',
    ...Array.from({ length: 4 }, () => 'chunked-unsigned-trailer'),
  ]);
  for (const { content: opened } of received) expect(opened.equals(content)).toBe(true);
});
