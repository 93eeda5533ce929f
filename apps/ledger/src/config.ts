/** The ledger's environment. */
import {
  commonEnvironment,
  databaseEnvironment,
  parseEnvironment,
} from '@firesteel/service/environment';

/** Parsed once at start; a missing variable ends the process with its name. */
export const config = parseEnvironment(
  commonEnvironment.extend(databaseEnvironment.shape),
  process.env,
);
