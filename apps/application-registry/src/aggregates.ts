/** What a replay of the log needs of this service: its aggregates, by category. */
import { applications } from './application/application-table.ts';

export const aggregates = [applications];
