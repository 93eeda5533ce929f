/** The ledger's environment. */
import {
  commonEnvironment,
  databaseEnvironment,
  parseEnvironment,
} from '@firesteel/service/environment';
import { z } from 'zod';

const ledgerEnvironment = commonEnvironment.extend(databaseEnvironment.shape).extend({
  /** Where signed checkpoints are kept besides the database: not below the data folder. */
  CHECKPOINT_FILE: z.string().min(1),
  CHECKPOINT_EVENTS: z.coerce.number().int().min(1).max(1_000_000).default(10_000),
  CHECKPOINT_MINUTES: z.coerce.number().positive().default(5),
  /** `object-store`, `s3://bucket[/prefix]` or a folder; without it all rows stay in the tables. */
  SEGMENT_STORE: z.string().min(1).optional(),
  /** A segment has at least so many events. */
  SEGMENT_EVENTS: z.coerce.number().int().min(1).max(1_000_000).default(50_000),
  /** How long rows stay in the tables after their segment could take their place. */
  SEGMENT_HOT_DAYS: z.coerce.number().min(0).default(400),
  /** How often the ledger looks whether a range is closed, or old enough to leave. */
  SEGMENT_LOOK_SECONDS: z.coerce.number().positive().default(60),
  OBJECT_STORE_URL: z.url().optional(),
  S3_ENDPOINT: z.url().optional(),
  SEGMENT_ACCESS_KEY_ID: z.string().optional(),
  SEGMENT_SECRET_ACCESS_KEY: z.string().optional(),
});

/** Parsed once at start; a missing variable ends the process with its name. */
export const config = parseEnvironment(ledgerEnvironment, process.env);
