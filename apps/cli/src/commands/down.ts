/** `firesteel down`: everything ends, in order, whether the supervisor lives or not. */
import { askStatus } from '../supervisor/control.ts';
import { endProcess, endStrays, endWorkers, foundWorkerDirs } from '../supervisor/ending.ts';
import { pause } from '../supervisor/pause.ts';
import { isAlive, type ProcessIdentity, signalProcess } from '../supervisor/process-identity.ts';
import { readRunRecord, recordedNames, removeRunRecord } from '../supervisor/run-file.ts';
import { services } from '../supervisor/service-table.ts';
import { supervisorName } from '../supervisor/supervisor.ts';
import type { CommandContext } from './context.ts';

const patienceMs = 150_000;
const leftoverGraceMs = 15_000;

type Downing = Pick<CommandContext, 'layout' | 'say'>;

async function stopSupervisor({ layout, say }: Downing, supervisor: ProcessIdentity) {
  const told = new Set<string>();
  const endMs = performance.now() + patienceMs;
  signalProcess(supervisor, 'SIGTERM');
  while (isAlive(supervisor) && performance.now() < endMs) {
    const status = await askStatus(layout.controlSocket);
    for (const { name, state } of status?.processes ?? []) {
      if (state !== 'stopped' || told.has(name)) continue;
      told.add(name);
      say(`  ${name} stopped`);
    }
    await pause(100);
  }
  if (isAlive(supervisor)) await endProcess(supervisor, 'SIGKILL', 0);
}

/** The order of ending for what a dead supervisor left; the same as the supervisor's own. */
const ranks: readonly RegExp[] = [
  /^gateway$/,
  /^worker-agent/,
  /^(?!kafka$|postgres$)/,
  /^kafka$/,
  /^postgres$/,
];
export const stopRank = (name: string): number => ranks.findIndex((rank) => rank.test(name));

const graceOf = (name: string): number =>
  services.find((service) => name.startsWith(service.name))?.graceMs ?? leftoverGraceMs;

async function stopLeftovers({ layout, say }: Downing): Promise<number> {
  const names = recordedNames(layout.runDir).toSorted((a, b) => stopRank(a) - stopRank(b));
  let ended = 0;
  for (const name of names) {
    const record = readRunRecord(layout.runDir, name);
    if (record !== undefined && isAlive(record)) {
      await endProcess(record, name === 'postgres' ? 'SIGINT' : 'SIGTERM', graceOf(name));
      say(`  ${name} stopped (its supervisor had died)`);
      ended += 1;
    }
    removeRunRecord(layout.runDir, name);
  }
  return ended;
}

/**
 * Ends every process of this home.
 * @returns false when nothing ran
 */
export async function stopEverything(context: Downing): Promise<boolean> {
  const { layout, say } = context;
  const record = readRunRecord(layout.runDir, supervisorName);
  const supervisor = record !== undefined && isAlive(record) ? record : undefined;
  if (supervisor !== undefined) await stopSupervisor(context, supervisor);
  const leftovers = await stopLeftovers(context);
  // Whatever ZONES says today: zones that ran at the last start may still have workers.
  const workers = await endWorkers([...foundWorkerDirs(layout.dataDir).values()]);
  const strays = await endStrays(layout.homeDir);
  if (workers + strays > 0) say(`  ${workers + strays} forgotten processes ended`);
  return supervisor !== undefined || leftovers + workers + strays > 0;
}

/** @returns the exit code */
export async function downCommand(context: CommandContext): Promise<number> {
  context.say('Stopping Firesteel …');
  const ran = await stopEverything(context);
  context.say(ran ? 'Everything has stopped; data stay in place.' : 'Nothing was running.');
  return 0;
}
