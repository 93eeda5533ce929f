/** What a replay of the log needs of this service: its aggregates, by category. */
import { gates, jobRuns } from './job-run/tables.ts';

export const aggregates = [jobRuns, gates];
