/** The auditor's environment. */
import { noStore, openSegmentStore, type SegmentStore } from '@firesteel/event-store/segment-store';
import { readKey } from '@firesteel/service/environment';
import { z } from 'zod';

const environment = z.object({
  /** A login that may read every schema: the audit compares services that may not read each other. */
  ADMIN_DATABASE_URL: z.url(),
});

const segmentEnvironment = z.object({
  /** Where events lie whose rows have left the tables; see `openSegmentStore`. */
  SEGMENT_STORE: z.string().min(1).optional(),
  OBJECT_STORE_URL: z.url().optional(),
  FIRESTEEL_SECRETS_DIR: z.string().optional(),
  S3_ENDPOINT: z.url().optional(),
  AWS_REGION: z.string().optional(),
  SEGMENT_ACCESS_KEY_ID: z.string().optional(),
  SEGMENT_SECRET_ACCESS_KEY: z.string().optional(),
});

/**
 * The store that the environment names, or `place` in its stead.
 * @throws Error with one sentence when something is missing
 */
export function segmentStore(place?: string): SegmentStore {
  const env = segmentEnvironment.parse(process.env);
  const named = place ?? env.SEGMENT_STORE;
  if (named === undefined) return noStore;
  const secretsDir = env.FIRESTEEL_SECRETS_DIR;
  return openSegmentStore({
    place: named,
    objectStoreUrl: env.OBJECT_STORE_URL,
    serviceKey: secretsDir === undefined ? undefined : readKey(secretsDir, 'service.key'),
    s3Endpoint: env.S3_ENDPOINT,
    region: env.AWS_REGION,
    accessKeyId: env.SEGMENT_ACCESS_KEY_ID,
    secretAccessKey: env.SEGMENT_SECRET_ACCESS_KEY,
  });
}

/**
 * Reads the environment, only when it is needed: `--help` needs none.
 * @throws an Error that names what is missing
 */
export function readConfig(): z.infer<typeof environment> {
  const parsed = environment.safeParse(process.env);
  if (parsed.success) return parsed.data;
  throw new Error(
    'ADMIN_DATABASE_URL is missing: run this as `npm run verify` or `npm run replay`',
  );
}
