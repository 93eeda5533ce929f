/** The object store's environment. */
import { commonEnvironment, parseEnvironment } from '@firesteel/service/environment';
import { z } from 'zod';

/** Parsed once at start; a missing variable ends the process with its name. */
export const config = parseEnvironment(
  commonEnvironment.extend({ IAM_AUTHORIZER_URL: z.url() }),
  process.env,
);
