/**
 * A month's statement of one account. Until it is issued it is a reading of the postings; issuing makes what was
 * known a fact. What is learned later shows as corrections, until a further revision takes it in.
 */
import type { StatementEvent, StatementLine } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { byApplication, digestOf, totalOf } from './lines.ts';

/** What was issued, without the lines. */
export type Revision = Pick<
  StatementEvent['data'],
  'revision' | 'throughSeq' | 'digest' | 'lineCount' | 'totalE10' | 'at'
>;

export type StatementState =
  | { readonly status: 'ABSENT' }
  | {
      readonly status: 'ISSUED';
      readonly accountId: string;
      readonly month: string;
      /** Oldest first. */
      readonly revisions: readonly Revision[];
    };

export type StatementCommand = {
  readonly type: 'IssueStatement';
  readonly accountId: string;
  readonly month: string;
  readonly throughSeq: number;
  /** All of them; the fact keeps their digest and their sums by application. */
  readonly lines: readonly StatementLine[];
  readonly at: string;
};

/** The stream's id of a statement: `123456789012.2026-11`. */
export const statementIdOf = (accountId: string, month: string): string => `${accountId}.${month}`;

const revisionsOf = (state: StatementState): readonly Revision[] =>
  state.status === 'ISSUED' ? state.revisions : [];

function decide(
  { accountId, month, throughSeq, lines, at }: StatementCommand,
  state: StatementState,
): readonly StatementEvent[] {
  const last = revisionsOf(state).at(-1);
  const digest = digestOf(lines);
  // Nothing was learned since: it is issued already.
  if (last?.digest === digest) return [];
  return [
    {
      type: 'StatementIssued',
      data: {
        accountId,
        month,
        revision: (last?.revision ?? 0) + 1,
        throughSeq,
        digest,
        lineCount: lines.length,
        lines: byApplication(lines),
        totalE10: String(totalOf(lines)),
        at,
      },
    },
  ];
}

function evolve(state: StatementState, { data }: StatementEvent): StatementState {
  const { accountId, month, revision, throughSeq, digest, lineCount, totalE10, at } = data;
  const issued = { revision, throughSeq, digest, lineCount, totalE10, at };
  return { status: 'ISSUED', accountId, month, revisions: [...revisionsOf(state), issued] };
}

export const statement: Decider<StatementState, StatementCommand, StatementEvent> = {
  initial: { status: 'ABSENT' },
  decide,
  evolve,
};
