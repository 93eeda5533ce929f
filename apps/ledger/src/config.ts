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
});

/** Parsed once at start; a missing variable ends the process with its name. */
export const config = parseEnvironment(ledgerEnvironment, process.env);
