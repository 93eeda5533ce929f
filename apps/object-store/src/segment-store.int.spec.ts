/** Segments in an object store, by a service's token and by Signature Version 4; the store takes what the gateway would pass on. */

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { segmentBucket } from '@firesteel/contracts/segments';
import { openSegmentStore, type SegmentStoreSettings } from '@firesteel/event-store/segment-store';
import { verifyServiceToken } from '@firesteel/http/service-token';
import { createObjectStore } from './object-store.ts';
import { openSealedPayload } from './sealed-payload.ts';
import { policiesIn } from './test/loopback-store.ts';

const serviceKey = Buffer.alloc(32, 7);
let dataDir: string;
let url: string;
let close: () => Promise<void>;
/** Who asked, by the token or by the signature. */
let callers: string[];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'object-store-'));
  const store = await createObjectStore({
    dataDir,
    now: () => new Date(),
    region: 'us-east-1',
    openPayload: openSealedPayload,
    mayDelete: async () => new Set<string>(),
    policies: policiesIn(new Map()),
    platformBuckets: [segmentBucket],
  });
  const server = createServer((request, response) => {
    const { authorization = '' } = request.headers;
    const service = verifyServiceToken(serviceKey, authorization);
    callers.push(service ?? authorization.split('/')[0] ?? '');
    if (service === undefined) {
      // What the gateway adds once it has verified a signature.
      request.headers['x-firesteel-account'] = '123456789012';
      const seal = JSON.stringify({
        mode: 'sha256',
        sha256: request.headers['x-amz-content-sha256'],
      });
      request.headers['x-firesteel-payload-seal'] = Buffer.from(seal).toString('base64url');
    }
    store.handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await store.close();
  };
});
afterAll(async () => {
  await close();
  await rm(dataDir, { recursive: true });
});
beforeEach(() => {
  callers = [];
});

it.each<[string, string, (url: string) => SegmentStoreSettings]>([
  [
    'the installation’s own',
    'ledger',
    (objectStoreUrl) => ({ place: 'object-store', objectStoreUrl, serviceKey }),
  ],
  [
    'an S3 of one’s own',
    'AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE',
    (s3Endpoint) => ({
      place: `s3://${segmentBucket}/logs/1`,
      s3Endpoint,
      region: 'eu-central-1',
      accessKeyId: 'AKIAEXAMPLE',
      secretAccessKey: 'secret',
    }),
  ],
])('%s keeps segments', async (_name, caller, settings) => {
  const store = openSegmentStore(settings(url));
  expect(await store.get('1-2.ndjson.zst')).toBeUndefined();
  for (const name of ['3-4.ndjson.zst', '1-2.ndjson.zst', 'note.txt'])
    await store.put(name, Buffer.from(`bytes of ${name}`));
  expect(String(await store.get('3-4.ndjson.zst'))).toBe('bytes of 3-4.ndjson.zst');
  expect(await store.list()).toEqual(['1-2.ndjson.zst', '3-4.ndjson.zst']);
  expect(new Set(callers)).toEqual(new Set([caller]));
});

it('says what a store lacks, and what it was answered', async () => {
  expect(() => openSegmentStore({ place: 's3://b' })).toThrow(/S3_ENDPOINT/);
  expect(() => openSegmentStore({ place: 'object-store' })).toThrow(/its address and its key/);
  const strange = openSegmentStore({
    place: 's3://no-such-bucket',
    s3Endpoint: url,
    accessKeyId: 'AKIAEXAMPLE',
    secretAccessKey: 'x',
  });
  await expect(strange.get('1-2.ndjson.zst')).rejects.toThrow(/404.*NoSuchBucket/s);
});
