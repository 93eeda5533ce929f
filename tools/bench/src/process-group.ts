/** Programs that the bench starts: each leads a process group, so that its children end with it. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

const endPatienceMs = 5_000;
/** Enough for every line that is looked for; a job that prints more is not ours. */
const keptCharacters = 200_000;

/** A running or ended program and what it has printed so far, standard output and error apart. */
export type ProcessGroup = {
  readonly pid: number;
  /** Resolves with the exit code, or with the signal's name; rejects when it could not be started. */
  readonly ended: Promise<number | string>;
  readonly isRunning: () => boolean;
  readonly stdout: () => string;
  readonly stderr: () => string;
};

const collect = (stream: Readable): (() => string) => {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    text = (text + part).slice(-keptCharacters);
  });
  return () => text;
};

const exitOf = (child: ChildProcessByStdio<null, Readable, Readable>): Promise<number | string> =>
  new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });

/** Starts a program with exactly this environment, in this folder. */
export function startProcessGroup(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): ProcessGroup {
  const child = spawn(command, args, {
    cwd,
    env: { ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  return {
    pid: child.pid ?? 0,
    ended: exitOf(child),
    isRunning: () => child.exitCode === null && child.signalCode === null,
    stdout,
    stderr,
  };
}

const signalGroup = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
    return false;
  }
};

/** Ends every process of the group: asks first, and kills what is left after five seconds. */
export async function endProcessGroup({ pid }: ProcessGroup): Promise<void> {
  if (pid === 0) return;
  const until = performance.now() + endPatienceMs;
  for (let left = signalGroup(pid, 'SIGTERM'); left; left = signalGroup(pid, 0)) {
    if (performance.now() > until) {
      signalGroup(pid, 'SIGKILL');
      return;
    }
    await pause(50);
  }
}

/**
 * Waits until a pattern has been printed on standard error.
 * @throws Error with the last lines when the program ends, or a minute passes, before that
 */
export async function waitForLine(
  group: ProcessGroup,
  pattern: RegExp,
  signal: AbortSignal,
): Promise<RegExpExecArray> {
  const until = performance.now() + 60_000;
  for (;;) {
    const found = pattern.exec(group.stderr());
    if (found) return found;
    if (!group.isRunning() || performance.now() > until)
      throw new Error(`A program did not get ready: ${lastLines(group.stderr(), 5)}`);
    await pause(50, undefined, { signal });
  }
}

/** The end of a text, for messages. */
export const lastLines = (text: string, count: number): string =>
  text.trimEnd().split('\n').slice(-count).join('\n');
