/** A fence around a run: attempts below it have lost their zone or their agent, and nothing they still do may count. */
import type { FenceEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';

export type Fence = {
  readonly jobRunId: string;
  /** Credentials of attempts below this one are refused; 1 while nothing is fenced. */
  readonly belowAttempt: number;
  /** ISO-8601; when it was last raised. */
  readonly fencedAt: string;
};

export type FenceCommand = {
  readonly type: 'FenceAttempts';
  readonly jobRunId: string;
  readonly belowAttempt: number;
  readonly at: string;
};

export const fence: Decider<Fence, FenceCommand, FenceEvent> = {
  initial: { jobRunId: '', belowAttempt: 1, fencedAt: '' },
  // It only ever rises: whoever asks for less, or asks again, has what they want already.
  decide: ({ jobRunId, belowAttempt, at }, state) =>
    belowAttempt <= state.belowAttempt
      ? []
      : [{ type: 'AttemptsFenced', data: { jobRunId, belowAttempt, at } }],
  evolve: (_state, { data: { jobRunId, belowAttempt, at } }) => ({
    jobRunId,
    belowAttempt,
    fencedAt: at,
  }),
};
