/** What a replay of the log needs of this service: its aggregates, by category. */
import {
  accessTrails,
  bucketPolicies,
  fences,
  groups,
  instanceProfiles,
  keys,
  mfaDevices,
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
  mfaDevices,
  bucketPolicies,
  fences,
  accessTrails,
] as const;
