import { allocationIdOf } from '@firesteel/contracts/worker-size';
import type { Allocation } from './allocation.ts';

/** The id of an allocation's stream and row, and the beginning of its workers' names. */
export const idOfAllocation = ({ jobRunId, attempt }: Allocation): string =>
  allocationIdOf(jobRunId, attempt);
