/** `firesteel foreground`: the supervisor in this terminal, with all logs. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createDirectories } from '../state/layout.ts';
import { isAllReady } from '../supervisor/installation-status.ts';
import { readFrom } from '../supervisor/log-file.ts';
import { planInstallation } from '../supervisor/plan.ts';
import { supervise } from '../supervisor/supervise.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { CommandContext } from './context.ts';
import { ensureSetUp } from './setup.ts';

const lookEveryMs = 200;
const namePattern = /^(.*)\.log$/;

/** Where each log ends now: what earlier runs wrote is not shown. */
const endsOf = (logsDir: string): Map<string, number> =>
  new Map(
    readdirSync(logsDir)
      .filter((file) => namePattern.test(file))
      .map((file) => [file, statSync(join(logsDir, file)).size]),
  );

/** Splits new text into whole lines; the unfinished end waits for its rest. */
export function wholeLines(text: string): { lines: string[]; length: number } {
  const end = text.lastIndexOf('\n') + 1;
  const whole = text.slice(0, end);
  return { lines: whole.split('\n').slice(0, -1), length: Buffer.byteLength(whole) };
}

function printNew({ layout, say, paint }: CommandContext, ends: Map<string, number>): void {
  for (const file of readdirSync(layout.logsDir)) {
    const name = namePattern.exec(file)?.[1];
    if (name === undefined) continue;
    const { text, position } = readFrom(join(layout.logsDir, file), ends.get(file) ?? 0);
    const { lines, length } = wholeLines(text);
    ends.set(file, position - Buffer.byteLength(text) + length);
    for (const line of lines) say(`${paint.dim(name.padEnd(22))} ${line}`);
  }
}

/** @returns the exit code */
export async function foregroundCommand(context: CommandContext): Promise<number> {
  const { layout, say, paint } = context;
  await ensureSetUp(context);
  createDirectories(layout);
  const ends = endsOf(layout.logsDir);
  let announced = false;
  let looking: NodeJS.Timeout | undefined;
  const onStart = (supervisor: Supervisor): void => {
    looking = setInterval(() => {
      printNew(context, ends);
      const status = supervisor.status();
      if (announced || !isAllReady(status)) return;
      announced = true;
      say(paint.bold(`Firesteel is up at ${status.endpoint}. Ctrl-C stops everything.`));
    }, lookEveryMs);
  };
  const code = await supervise(
    layout,
    () => planInstallation(context.config, layout, context.repoDir),
    onStart,
  );
  clearInterval(looking);
  printNew(context, ends);
  if (code !== 2) return code;
  say(
    'Firesteel is already running in the background: `npm run status` shows it, `npm run down` stops it.',
  );
  return 1;
}
