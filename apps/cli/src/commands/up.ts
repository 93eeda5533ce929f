/** `firesteel up`: a supervisor in the background, and patience until everything is ready. */
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { createDirectories, type Layout, logFileOf } from '../state/layout.ts';
import { readIfThere } from '../state/private-file.ts';
import { askStatus } from '../supervisor/control.ts';
import { explainLog } from '../supervisor/failure.ts';
import {
  hopeless,
  type InstallationStatus,
  isAllReady,
} from '../supervisor/installation-status.ts';
import { lastLines, openLog } from '../supervisor/log-file.ts';
import { pause } from '../supervisor/pause.ts';
import { identify, isAlive, type ProcessIdentity } from '../supervisor/process-identity.ts';
import { readRunRecord } from '../supervisor/run-file.ts';
import { supervisorName } from '../supervisor/supervisor.ts';
import { durationText } from '../terminal/units.ts';
import type { CommandContext } from './context.ts';
import { stopEverything } from './down.ts';
import { ensureSetUp } from './setup.ts';

const patienceMs = 180_000;
const shownLines = 15;

/** The hidden command that runs the supervisor. */
export const superviseWord = 'supervise';

function startSupervisor({ layout, repoDir }: CommandContext): ProcessIdentity {
  createDirectories(layout);
  const log = openLog(logFileOf(layout, supervisorName));
  const main = join(repoDir, 'apps', 'cli', 'src', 'main.ts');
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=2', '--disable-warning=ExperimentalWarning', main, superviseWord],
    { detached: true, stdio: ['ignore', log, log], cwd: layout.homeDir },
  );
  closeSync(log);
  child.unref();
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw new Error('The supervisor cannot be started.');
  return identity;
}

/** The supervisor that runs now, whoever started it. */
export const runningSupervisor = (layout: Layout): ProcessIdentity | undefined => {
  const record = readRunRecord(layout.runDir, supervisorName);
  return record !== undefined && isAlive(record) ? record : undefined;
};

/** Prints each process once, when it becomes ready. */
function progressPrinter({ paint, say }: CommandContext, startedMs: number) {
  const shown = new Set<string>();
  return (status: InstallationStatus): void => {
    for (const { name, state, adopted } of status.processes) {
      if (state !== 'ready' || shown.has(name)) continue;
      shown.add(name);
      const since = adopted ? 'kept running' : durationText(performance.now() - startedMs);
      say(`  ${paint.green('✓')} ${name.padEnd(24)} ${paint.dim(since)}`);
    }
  };
}

/** What people need to know of a process that does not come up. */
function describeFailure(layout: Layout, name: string, what: string): string {
  const lines = lastLines(logFileOf(layout, name), shownLines);
  const meaning = explainLog(lines);
  return [
    `${name} does not start: ${what}.`,
    ...(meaning === undefined ? [] : [meaning]),
    `The last lines of ${logFileOf(layout, name)}:`,
    ...lines.map((line) => `    ${line}`),
  ].join('\n');
}

const whyGone = (layout: Layout): string =>
  readIfThere(layout.failureFile)?.trim() ??
  describeFailure(layout, supervisorName, 'it ended without a word');

function whyNotYet(layout: Layout, status: InstallationStatus | undefined): string {
  const late = status?.processes.find(({ state }) => state !== 'ready' && state !== 'waiting');
  return late === undefined
    ? describeFailure(layout, supervisorName, `not ready after ${durationText(patienceMs)}`)
    : describeFailure(layout, late.name, `not ready after ${durationText(patienceMs)}`);
}

/** Looks until everything is ready; throws an Error that tells what is not. */
async function waitUntilReady(
  context: CommandContext,
  supervisor: ProcessIdentity,
): Promise<InstallationStatus> {
  const { layout } = context;
  const startedMs = performance.now();
  const print = progressPrinter(context, startedMs);
  let status: InstallationStatus | undefined;
  while (performance.now() - startedMs < patienceMs) {
    if (!isAlive(supervisor)) throw new Error(whyGone(layout));
    status = await askStatus(layout.controlSocket);
    if (status !== undefined) {
      print(status);
      if (isAllReady(status)) return status;
      const lost = hopeless(status);
      if (lost !== undefined) {
        throw new Error(describeFailure(layout, lost.name, lost.lastExit ?? 'it ends at once'));
      }
    }
    await pause(200);
  }
  throw new Error(whyNotYet(layout, status));
}

async function startAndWait(context: CommandContext): Promise<InstallationStatus> {
  await ensureSetUp(context);
  const own = startSupervisor(context);
  try {
    return await waitUntilReady(context, own);
  } catch (error) {
    // Nothing half-started is left; the logs are.
    if (isAlive(own)) await stopEverything({ ...context, say: () => undefined });
    throw error;
  }
}

/** Starts what does not run and waits until everything is ready. */
export async function ensureUp(
  context: CommandContext,
): Promise<{ status: InstallationStatus; started: boolean }> {
  const running = runningSupervisor(context.layout);
  const status = running && (await askStatus(context.layout.controlSocket));
  if (status !== undefined && isAllReady(status)) return { status, started: false };
  if (running !== undefined) {
    return { status: await waitUntilReady(context, running), started: false };
  }
  return { status: await startAndWait(context), started: true };
}

/** Zones that were asked for but are not in what runs already; empty when there is nothing to say. */
export const zonesNotRunning = (
  zones: readonly string[],
  { processes }: Pick<InstallationStatus, 'processes'>,
): string[] =>
  zones.filter((zone) => !processes.some(({ name }) => name === `worker-agent-${zone}`));

/** @returns the exit code */
export async function upCommand(context: CommandContext): Promise<number> {
  const { say, paint, layout } = context;
  say('Starting Firesteel …');
  const startedMs = performance.now();
  const { status, started } = await ensureUp(context);
  const since = durationText(performance.now() - startedMs);
  say('');
  say(
    started
      ? `${paint.bold('Firesteel is up')} at ${status.endpoint} (${since}).`
      : `${paint.bold('Firesteel is already running')} at ${status.endpoint}, supervisor ${status.supervisor.pid}.`,
  );
  const missing = zonesNotRunning(context.config.zones, status);
  if (missing.length > 0)
    say(
      `It runs without ${missing.join(', ')}: npm run down first, then start it with these ZONES.`,
    );
  say(`Point AWS clients at it:  source ${layout.awsEnvFile}`);
  say('Run example jobs:         npm run demo');
  say('Look, stop:               npm run status, npm run down');
  say('Check the log:            npm run verify; its public key: npm run firesteel -- key');
  return 0;
}
