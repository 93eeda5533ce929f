/** Carries out what admission decides: defers, refuses, or grants a run its zone and its driver. */
import { handleIn } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Admission, admit, type Grant } from '../admission/admit.ts';
import { idOfAllocation } from '../allocation/allocation-id.ts';
import { allocations, type Fleet } from '../fleet/tables.ts';
import type { Surroundings } from './reconcile.ts';
import { assignWorker, requestDriver } from './request-worker.ts';

export type Admitted = {
  /** Whether there was anything to decide. */
  readonly decided: boolean;
  /** Zones whose room somebody waits for: nobody may grow into it meanwhile. */
  readonly waitedFor: ReadonlySet<string>;
};

export async function admitWaiting(
  tx: EntityManager,
  fleet: Fleet,
  surroundings: Surroundings,
): Promise<Admitted> {
  const { zones, zoneSubnets, accountQuotaVcpu } = surroundings;
  const { workers, pools } = fleet;
  const waiting = fleet.allocations.filter(({ status }) => status === 'WAITING');
  const admissions = admit({ waiting, workers, pools, zones, zoneSubnets, accountQuotaVcpu });
  for (const admission of admissions) await carryOut(tx, admission, surroundings);
  const waitedFor = new Set(
    admissions.flatMap((admission) => (admission.kind === 'defer' ? admission.waitsFor : [])),
  );
  return { decided: admissions.length > 0, waitedFor };
}

async function carryOut(
  tx: EntityManager,
  admission: Admission,
  surroundings: Surroundings,
): Promise<void> {
  const { at, metaOf } = surroundings;
  const { allocation, reason } = admission;
  const id = idOfAllocation(allocation);
  const meta = metaOf(allocation.jobRunId);
  switch (admission.kind) {
    case 'defer':
      await handleIn(tx, allocations, id, { type: 'DeferAllocation', reason, at }, meta);
      return;
    case 'refuse': {
      const outcome = { kind: 'cannotFit', reason } as const;
      const command = { type: 'EndAllocation', outcome, graceSeconds: 0, at } as const;
      await handleIn(tx, allocations, id, command, meta);
      return;
    }
    case 'grant':
      await grant(tx, admission, surroundings);
  }
}

async function grant(
  tx: EntityManager,
  { allocation, zone, reason, driver, poolMismatch }: Grant,
  { at, metaOf }: Surroundings,
): Promise<void> {
  const meta = metaOf(allocation.jobRunId);
  const command = { type: 'GrantAllocation', zone, reason, poolMismatch, at } as const;
  await handleIn(tx, allocations, idOfAllocation(allocation), command, meta);
  const occasion = { at, meta, reason: 'the run was admitted' };
  if (driver) await assignWorker(tx, allocation, driver, 0, occasion);
  else await requestDriver(tx, { ...allocation, zone }, occasion);
}
