/** The gateway's environment. */
import { commonEnvironment, parseEnvironment } from '@firesteel/service/environment';
import { z } from 'zod';

const url = z.url();

/** Parsed once at start; a missing variable ends the process with its name. */
export const config = parseEnvironment(
  commonEnvironment.extend({
    APPLICATION_REGISTRY_URL: url,
    JOB_SCHEDULER_URL: url,
    CAPACITY_URL: url,
    IAM_AUTHORIZER_URL: url,
    BILLING_URL: url,
    /** Absent when the installation uses an S3 of its own. */
    OBJECT_STORE_URL: url.optional(),
  }),
  process.env,
);
