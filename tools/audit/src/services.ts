/** Every service whose state is made of events, with the aggregates that say how. */
import { aggregates as applicationRegistry } from '@firesteel/application-registry/aggregates';
import { aggregates as billing } from '@firesteel/billing/aggregates';
import { aggregates as capacity } from '@firesteel/capacity/aggregates';
import { aggregates as iamAuthorizer } from '@firesteel/iam-authorizer/aggregates';
import { aggregates as jobScheduler } from '@firesteel/job-scheduler/aggregates';
import type { AuditedService } from './audited-service.ts';

export const services: readonly AuditedService[] = [
  { schema: 'application_registry', aggregates: applicationRegistry },
  { schema: 'billing', aggregates: billing },
  { schema: 'capacity', aggregates: capacity },
  { schema: 'iam_authorizer', aggregates: iamAuthorizer },
  { schema: 'job_scheduler', aggregates: jobScheduler },
];
