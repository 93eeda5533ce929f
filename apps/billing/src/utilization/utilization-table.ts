/** Where it is kept what runs have told of their utilization. */
import type { UtilizationEvent } from '@firesteel/contracts/events';
import type { Aggregate } from '@firesteel/event-store/aggregate';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { type UtilizationCommand, type UtilizationState, utilization } from './utilization.ts';

export const UtilizationRow = defineEntity({
  name: 'UtilizationRow',
  tableName: 'utilization',
  properties: { id: p.text().primary(), version: p.integer(), state: p.json<UtilizationState>() },
});

export const utilizations: Aggregate<UtilizationState, UtilizationCommand, UtilizationEvent> = {
  category: 'utilization',
  decider: utilization,
  entity: UtilizationRow,
  columns: () => ({}),
};
