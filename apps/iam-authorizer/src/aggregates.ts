/** What a replay of the log needs of this service: its aggregates, by category. */
import {
  accessTrails,
  bucketPolicies,
  fences,
  groups,
  instanceProfiles,
  keys,
  policies,
  principals,
  roles,
  users,
} from './tables.ts';

export const aggregates = [
  principals,
  keys,
  users,
  groups,
  roles,
  policies,
  instanceProfiles,
  bucketPolicies,
  fences,
  accessTrails,
] as const;
