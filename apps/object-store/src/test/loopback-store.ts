import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BucketPolicies } from '../bucket-policies.ts';
import { createObjectStore } from '../object-store.ts';
import { policyRefused, s3Error } from '../s3-errors.ts';
import { openSealedPayload } from '../sealed-payload.ts';

export const ownAccount = '123456789012';
export const platformBucket = 'platform-bucket';

/** A store on loopback with what the gateway would add, seals included but unsigned. */
export type LoopbackStore = {
  readonly endpoint: string;
  readonly dataDir: string;
  readonly failures: readonly unknown[];
  /** What the authorizer would keep, by bucket; while `away` it answers nothing. */
  readonly policies: Map<string, string> & { away?: boolean };
  /** The keys that were asked about, by request. */
  readonly judged: readonly (readonly string[])[];
  readonly stop: () => Promise<void>;
};

const sealFor = (contentSha256: unknown): string => {
  const mode = String(contentSha256).startsWith('STREAMING-')
    ? 'chunked-unsigned-trailer'
    : 'unsigned';
  return Buffer.from(JSON.stringify({ mode }), 'utf8').toString('base64url');
};

/** Takes everything for a policy but what is no JSON, and calls public what says so. */
export const policiesIn = (kept: LoopbackStore['policies']): BucketPolicies => {
  const present = async (): Promise<LoopbackStore['policies']> => {
    if (kept.away) throw s3Error('ServiceUnavailable');
    return kept;
  };
  return {
    put: async (_caller, bucket, document) => {
      if (!document.startsWith('{')) throw policyRefused('MalformedPolicy', 'no JSON');
      // On its way for a while, so that what must not overtake it would.
      await new Promise((arrived) => setTimeout(arrived, 20));
      (await present()).set(bucket, document);
    },
    get: async (bucket) => {
      const document = (await present()).get(bucket);
      return document === undefined ? null : { document, isPublic: document.includes('public') };
    },
    drop: async (_caller, bucket) => {
      (await present()).delete(bucket);
    },
  };
};

export const startLoopbackStore = async (): Promise<LoopbackStore> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'object-store-'));
  const failures: unknown[] = [];
  const policies: LoopbackStore['policies'] = new Map<string, string>();
  const judged: (readonly string[])[] = [];
  const store = await createObjectStore({
    dataDir,
    now: () => new Date(),
    region: 'eu-central-1',
    openPayload: openSealedPayload,
    platformBuckets: [platformBucket],
    policies: policiesIn(policies),
    mayDelete: async (_request, _bucket, keys) => {
      judged.push(keys);
      return new Set(keys.filter((key) => !key.startsWith('protected/')));
    },
    reportFailure: (error) => failures.push(error),
  });
  const server = createServer((request, response) => {
    request.headers['x-firesteel-account'] ??= ownAccount;
    request.headers['x-firesteel-payload-seal'] ??= sealFor(
      request.headers['x-amz-content-sha256'],
    );
    store.handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dataDir,
    failures,
    policies,
    judged,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};
