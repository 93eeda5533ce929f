/** What time alone brings about: runs that took too long, gates that were idle for long enough. */
import { transact } from '@firesteel/event-store/aggregate';
import { handle } from '@firesteel/event-store/commands';
import type { EntityManager } from '@mikro-orm/postgresql';
import { step } from '../job-run/life.ts';
import { GateRow, gates, JobRunRow } from '../job-run/tables.ts';

/** Looks at every run that time can end and every idle gate; the deciders know whether it is time. */
export async function expireDue(em: EntityManager, now: Date): Promise<number> {
  const at = now.toISOString();
  const runs = await em
    .fork()
    .find(JobRunRow, { status: { $in: ['RUNNING', 'QUEUED'] } }, { fields: ['id'] });
  for (const { id } of runs)
    await transact(em, (tx) => step(tx, id, { type: 'ExpireJobRun', at }, {}));
  const idle = await em.fork().find(GateRow, { idleSince: { $ne: null } }, { fields: ['id'] });
  let changed = 0;
  for (const { id } of idle) {
    const { events } = await handle(em, gates, id, { type: 'IdleGate', applicationId: id, at });
    changed += events.length;
  }
  return changed + runs.length;
}
