/** Where usage is kept: a row for each payer (a run, or an application for its pool), found by account and application. */
import type { Aggregate } from '@firesteel/event-store/aggregate';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { type UsageCommand, type UsageEvent, type UsageState, usage } from './usage.ts';

export const UsageRow = defineEntity({
  name: 'UsageRow',
  tableName: 'usage',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<UsageState>(),
    accountId: p.text().fieldName('account_id'),
    applicationId: p.text().fieldName('application_id'),
  },
});

export const usages: Aggregate<UsageState, UsageCommand, UsageEvent> = {
  category: 'usage',
  decider: usage,
  entity: UsageRow,
  columns: (state) =>
    state.status === 'ABSENT'
      ? { account_id: '', application_id: '' }
      : { account_id: state.accountId, application_id: state.applicationId },
};
