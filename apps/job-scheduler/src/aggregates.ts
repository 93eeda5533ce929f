/** What a replay of the log needs of this service: its aggregates, by category. */
import { allowances } from './allowance/allowance-table.ts';
import { gates, jobRuns } from './job-run/tables.ts';

export const aggregates = [jobRuns, gates, allowances];
