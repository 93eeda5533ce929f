import { spawn } from 'node:child_process';

/** How a program ended and what it said. */
export type Outcome = {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Environment and folder for a program. */
export type CommandOptions = {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Called with each piece of standard output as it comes. */
  readonly onStdout?: (text: string) => void;
};

/** Runs a program to its end, without a shell. Rejects only when it cannot be started. */
export const runCommand = (
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.env ? { env: options.env } : {}),
      ...(options.cwd ? { cwd: options.cwd } : {}),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      options.onStdout?.(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });

/** The last lines of a program's messages, for an error text. */
export const lastLines = (outcome: Outcome, lines = 5): string =>
  (outcome.stderr.trim() || outcome.stdout.trim()).split('\n').slice(-lines).join(' / ');
