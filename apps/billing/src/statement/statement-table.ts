/** Where issued statements are kept: a row for each account and month. */
import type { StatementEvent } from '@firesteel/contracts/events';
import type { Aggregate } from '@firesteel/event-store/aggregate';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { type StatementCommand, type StatementState, statement } from './statement.ts';

export const StatementRow = defineEntity({
  name: 'StatementRow',
  tableName: 'statement',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<StatementState>(),
    accountId: p.text().fieldName('account_id'),
    month: p.text(),
  },
});

export const statements: Aggregate<StatementState, StatementCommand, StatementEvent> = {
  category: 'statement',
  decider: statement,
  entity: StatementRow,
  columns: (state) =>
    state.status === 'ABSENT'
      ? { account_id: '', month: '' }
      : { account_id: state.accountId, month: state.month },
};
