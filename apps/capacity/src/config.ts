/** capacity's environment. */
import { domainEnvironment } from '@firesteel/service/domain-service';
import { parseEnvironment } from '@firesteel/service/environment';
import { z } from 'zod';
import { parseZoneSubnets } from './fleet/zones.ts';

const environment = domainEnvironment.extend({
  IAM_AUTHORIZER_URL: z.url(),
  /** Which subnets lie in which zone: `zone-a=subnet-1,subnet-2;zone-b=subnet-3`. */
  ZONE_SUBNETS: z.string().default('').transform(parseZoneSubnets),
  /** After how long a silent agent's zone is impaired, when there is another. */
  ZONE_SILENCE_MS: z.coerce.number().int().positive().default(20_000),
  /** Concurrent vCPUs an account may have; without it the machine is the limit. */
  ACCOUNT_VCPU_QUOTA: z.coerce.number().positive().optional(),
  /** How often the meter of a worker that lives on is read (reference emr-serverless §5.1 rule 9). */
  METER_EVERY_MS: z.coerce.number().int().min(1_000).default(1_800_000),
});

/** Parsed once at start; a missing variable ends the process with its name. */
export const config = parseEnvironment(environment, process.env);
