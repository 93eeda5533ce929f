/** Where allowances are kept: a row for each account of which a budget was ever spent. */
import type { AllowanceEvent } from '@firesteel/contracts/events';
import type { Aggregate } from '@firesteel/event-store/aggregate';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { type Allowance, type AllowanceCommand, allowance } from './allowance.ts';

export const AllowanceRow = defineEntity({
  name: 'AllowanceRow',
  tableName: 'allowance',
  properties: { id: p.text().primary(), version: p.integer(), state: p.json<Allowance>() },
});

export const allowances: Aggregate<Allowance, AllowanceCommand, AllowanceEvent> = {
  category: 'allowance',
  decider: allowance,
  entity: AllowanceRow,
  columns: () => ({}),
};
