/** Where payers are kept, under the ids of their usage. */

import type { PayerEvent } from '@firesteel/contracts/events';
import type { Aggregate } from '@firesteel/event-store/aggregate';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { type PayerCommand, type PayerState, payer } from './payer.ts';

export const PayerRow = defineEntity({
  name: 'PayerRow',
  tableName: 'payer',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<PayerState>(),
    accountId: p.text().fieldName('account_id'),
    applicationId: p.text().fieldName('application_id'),
  },
});

export const payers: Aggregate<PayerState, PayerCommand, PayerEvent> = {
  category: 'payer',
  decider: payer,
  entity: PayerRow,
  columns: (state) =>
    state.status === 'ABSENT'
      ? { account_id: '', application_id: '' }
      : { account_id: state.accountId, application_id: state.applicationId },
};
