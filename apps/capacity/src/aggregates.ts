/** What a replay of the log needs of this service: its aggregates, by category. */
import { allocations, pools, workers, zones } from './fleet/tables.ts';

export const aggregates = [allocations, workers, pools, zones];
