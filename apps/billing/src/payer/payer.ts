/**
 * Who pays, as statements name and group it: an application for its pool, and each of its runs. A run has the
 * setting of its application of when it was submitted (reference emr-serverless §5.4: not retroactive).
 */
import { isDeepStrictEqual } from 'node:util';
import type { PayerEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';

type Tags = PayerEvent['data']['tags'];

/** What is known of a payer. */
export type Payer = Omit<PayerEvent['data'], 'at'>;

export type PayerState = { readonly status: 'ABSENT' } | ({ readonly status: 'KNOWN' } & Payer);

export type PayerCommand = {
  readonly type: 'RegisterPayer';
  readonly payer: Payer;
  readonly at: string;
};

export const payer: Decider<PayerState, PayerCommand, PayerEvent> = {
  initial: { status: 'ABSENT' },
  decide: ({ payer: told, at }, state) =>
    isDeepStrictEqual(state, { status: 'KNOWN', ...told })
      ? []
      : [{ type: 'PayerRegistered', data: { ...told, at } }],
  evolve: (_state, { data: { at: _, ...told } }) => ({ status: 'KNOWN', ...told }),
};

/**
 * The tags by which a run's cost is attributed: its own, and its application's where it has none of that key;
 * with job-level cost allocation its own alone.
 */
export const attributedTags = (run: Payer, application: Payer | undefined): Tags =>
  run.jobLevelCostAllocation ? run.tags : { ...application?.tags, ...run.tags };
