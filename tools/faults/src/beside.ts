/** Another process of a service that runs, as its supervisor started it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const words = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\0')
    .filter((word) => word !== '');

/** Reads how the process was started, while it lives. @returns what starts it again, with more variables and flags of Node */
export function startBeside(
  pid: number,
  changes: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): () => ChildProcess {
  const [program = '', ...args] = words(`/proc/${pid}/cmdline`);
  const env = Object.fromEntries(
    words(`/proc/${pid}/environ`).map((entry) => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
  return () =>
    spawn(program, [...flags, ...args], { env: { ...env, ...changes }, stdio: 'ignore' });
}
