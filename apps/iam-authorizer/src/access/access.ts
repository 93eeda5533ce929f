/** The trail of decisions: every answer is a fact, batched as it comes. */
import type { AccessDecision, AccessEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';

/** What is kept beside the log: how many decisions, and when the last was. */
export type AccessTrail = {
  readonly allowed: number;
  readonly denied: number;
  readonly lastAt: string;
};

export type AccessCommand = {
  readonly type: 'RecordDecisions';
  readonly decisions: readonly AccessDecision[];
};

export const access: Decider<AccessTrail, AccessCommand, AccessEvent> = {
  initial: { allowed: 0, denied: 0, lastAt: '' },
  decide: ({ decisions }) =>
    decisions.length === 0 ? [] : [{ type: 'AccessDecided', data: { decisions } }],
  evolve: (trail, { data: { decisions } }) => {
    const allowed = decisions.filter((decision) => decision.allowed).length;
    return {
      allowed: trail.allowed + allowed,
      denied: trail.denied + decisions.length - allowed,
      lastAt: decisions.at(-1)?.at ?? trail.lastAt,
    };
  },
};
