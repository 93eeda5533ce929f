/** What a replay of the log needs of this service: its aggregates, by category. */
import { accessTrails, fences, principals, roles } from './tables.ts';

export const aggregates = [principals, roles, fences, accessTrails] as const;
