/** What time alone brings about: runs that took too long, gates that were idle for long enough. */
import { transact } from '@firesteel/event-store/aggregate';
import { handle } from '@firesteel/event-store/commands';
import type { EntityManager } from '@mikro-orm/postgresql';
import { step } from '../job-run/life.ts';
import { GateRow, gates, JobRunRow } from '../job-run/tables.ts';
import type { SteadyClock } from './steady-clock.ts';

/** Looks at every run that time can end and every idle gate; the deciders know whether it is time. */
export async function expireDue(em: EntityManager, clock: SteadyClock): Promise<number> {
  const runs = await em
    .fork()
    .find(JobRunRow, { status: { $in: ['RUNNING', 'QUEUED'] } }, { fields: ['id', 'version'] });
  const idle = await em
    .fork()
    .find(GateRow, { idleSince: { $ne: null } }, { fields: ['id', 'idleSince'] });
  const at = clock.at();
  // A run that waits or runs has one version, a gate that is idle one beginning of it.
  const runOf = ({ id, version }: (typeof runs)[number]): string => `run ${id} ${version}`;
  const gateOf = ({ id, idleSince }: (typeof idle)[number]): string => `gate ${id} ${idleSince}`;
  const moments = clock.look([...runs.map(runOf), ...idle.map(gateOf)]);
  for (const run of runs) {
    const steadyAt = moments.get(runOf(run)) ?? at;
    await transact(em, (tx) => step(tx, run.id, { type: 'ExpireJobRun', at, steadyAt }, {}));
  }
  let changed = 0;
  for (const gate of idle) {
    const steadyAt = moments.get(gateOf(gate)) ?? at;
    const command = { type: 'IdleGate', applicationId: gate.id, at, steadyAt } as const;
    const { events } = await handle(em, gates, gate.id, command);
    changed += events.length;
  }
  return changed + runs.length;
}
