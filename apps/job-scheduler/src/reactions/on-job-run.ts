/** The scheduler's own facts, once they have their place in the log: only then a run goes on. */
import type { JobRunEvent } from '@firesteel/contracts/events';
import type { TransactionReaction } from '@firesteel/messaging/reaction';
import { step } from '../job-run/life.ts';

type Submitted = Extract<JobRunEvent, { type: 'JobRunSubmitted' }>['data'];

const roleName = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/** Why a submitted run cannot go on, or null (behaviours row 30). */
const refusalOf = (run: Submitted): string | null =>
  run.executionRoleAssumable
    ? run.refusal
    : `Could not assume execution role ${roleName(run.executionRoleArn)} because it does not exist or is not set up with the required trust relationship.`;

export const onSubmitted =
  (now: () => Date): TransactionReaction =>
  async (event, tx) => {
    const run = event.data as Submitted;
    const at = now().toISOString();
    const meta = { causedBy: event.globalSeq };
    const reason = refusalOf(run);
    if (reason !== null) await step(tx, run.jobRunId, { type: 'RefuseJobRun', reason, at }, meta);
    else if (run.queued) await step(tx, run.jobRunId, { type: 'EnqueueJobRun', at }, meta);
  };
