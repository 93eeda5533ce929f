/** `firesteel status`: a table for people, JSON for programs. */
import { askStatus } from '../supervisor/control.ts';
import { type InstallationStatus, isAllReady } from '../supervisor/installation-status.ts';
import { isAlive } from '../supervisor/process-identity.ts';
import type { ProcessState, ProcessStatus } from '../supervisor/process-plan.ts';
import { readRunRecord, recordedNames } from '../supervisor/run-file.ts';
import type { Paint } from '../terminal/paint.ts';
import { type Column, tableLines } from '../terminal/table.ts';
import { bytesText, durationText } from '../terminal/units.ts';
import { isSpent, noteworthy, readBudgets, scopeText } from './budget.ts';
import type { CommandContext } from './context.ts';
import { readParked } from './parked.ts';

const columns: readonly Column[] = [
  { title: 'NAME', align: 'left' },
  { title: 'STATE', align: 'left' },
  { title: 'PID', align: 'right' },
  { title: 'PORT', align: 'right' },
  { title: 'UPTIME', align: 'right' },
  { title: 'RESTARTS', align: 'right' },
  { title: 'MEMORY', align: 'right' },
  { title: 'LAST EXIT', align: 'left' },
];

const dash = (value: number | null): string => (value === null ? '-' : String(value));

const rowOf = (process: ProcessStatus, nowMs: number): string[] => [
  process.name,
  process.state,
  dash(process.pid),
  dash(process.port),
  process.startedAtMs === null ? '-' : durationText(nowMs - process.startedAtMs),
  String(process.restarts),
  process.memoryBytes === 0 ? '-' : bytesText(process.memoryBytes),
  process.lastExit ?? '',
];

const colourOf = (state: ProcessState, paint: Paint): ((text: string) => string) => {
  if (state === 'ready') return paint.green;
  return state === 'restarting' || state === 'unready' ? paint.red : paint.yellow;
};

/** The lines that `status` prints. */
export function statusLines(status: InstallationStatus, nowMs: number, paint: Paint): string[] {
  const rows = status.processes.map((process) => rowOf(process, nowMs));
  const total = status.processes.reduce((sum, process) => sum + process.memoryBytes, 0);
  const paintCell = (text: string, row: number, column: number): string => {
    const process = status.processes[row];
    if (process === undefined) return paint.dim(text);
    return column === 1 ? colourOf(process.state, paint)(text) : text;
  };
  const verdict = isAllReady(status)
    ? 'everything is ready'
    : `not everything is ready (${status.stage})`;
  return [
    `${paint.bold(status.endpoint)}  ${verdict}, ${bytesText(total)} of memory`,
    '',
    ...tableLines(columns, rows, paintCell),
  ];
}

function sayLeftovers({ layout, say }: CommandContext): void {
  const left = recordedNames(layout.runDir).filter((name) => {
    const record = readRunRecord(layout.runDir, name);
    return record !== undefined && isAlive(record);
  });
  say(
    left.length === 0
      ? 'Firesteel is not running: start it with `npm run up`.'
      : `The supervisor is not running, but these are: ${left.join(', ')}. \`npm run up\` takes them over, \`npm run down\` ends them.`,
  );
}

/** A service that put events aside is ready, and still needs somebody. */
async function sayParked({ layout, say, paint }: CommandContext): Promise<void> {
  const parked = await readParked(layout);
  if (parked.length === 0) return;
  const [first] = parked;
  say('');
  say(
    paint.red(
      `${parked.length} ${parked.length === 1 ? 'event' : 'events'} could not be taken, the first is ${first?.service}:${first?.globalSeq}: see \`npm run firesteel -- parked\`.`,
    ),
  );
}

/** Budgets that have passed a threshold this month. */
async function sayBudgets({ layout, say, paint }: CommandContext): Promise<void> {
  for (const budget of noteworthy(await readBudgets(layout))) {
    const { accountId, scope, spent, limit, percent } = budget;
    const line = `budget of ${scopeText(scope)} (${accountId}): ${spent} of ${limit} USD, ${percent} %`;
    say(isSpent(budget) ? paint.red(`${line}: new runs are refused`) : paint.yellow(line));
  }
}

/** @returns the exit code: 0 when everything is ready, 3 when not */
export async function statusCommand(context: CommandContext, json: boolean): Promise<number> {
  const { say, layout, paint } = context;
  const status = await askStatus(layout.controlSocket);
  if (json) say(JSON.stringify({ running: status !== undefined, ...status }, null, 2));
  else if (status === undefined) sayLeftovers(context);
  else {
    for (const line of statusLines(status, Date.now(), paint)) say(line);
    if (isAllReady(status)) {
      await sayParked(context);
      await sayBudgets(context);
    }
  }
  return status !== undefined && isAllReady(status) ? 0 : 3;
}
