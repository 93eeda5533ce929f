/** An installation as its operator and a client have it in hand: processes to kill, a door to knock at, a log to read. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EMRServerlessClient } from '@aws-sdk/client-emr-serverless';
import { IAMClient } from '@aws-sdk/client-iam';
import { S3Client } from '@aws-sdk/client-s3';
import { openDatabase } from '@firesteel/event-store/database';
import { freePort } from '@firesteel/event-store/test-database';
import { z } from 'zod';
import { repoDir } from './config.ts';

const statusAnswer = z.object({
  stage: z.string(),
  endpoint: z.string(),
  supervisor: z.object({ pid: z.number() }),
  processes: z.array(
    z.object({
      name: z.string(),
      state: z.string(),
      pid: z.number().nullable(),
      restarts: z.number(),
    }),
  ),
});
export type Status = z.infer<typeof statusAnswer>;

export type Command = { readonly status: number | null; readonly output: string };

export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

export type Stack = {
  readonly home: string;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly emr: EMRServerlessClient;
  /** A client that asks once: what it is told is what the door answered. */
  readonly once: EMRServerlessClient;
  readonly s3: S3Client;
  /** A client whose clock is so many milliseconds ahead, which asks once; with the root's key unless another is given. */
  readonly clientAt: (offsetMs: number, credentials?: Credentials) => EMRServerlessClient;
  /** The same for S3. */
  readonly bucketsAt: (offsetMs: number, credentials: Credentials) => S3Client;
  /** With what the services know each other. */
  readonly serviceKey: Buffer;
  readonly iam: IAMClient;
  /** What the supervisor says; undefined while there is none. */
  readonly status: () => Promise<Status | undefined>;
  /** Signals a supervised process, or `supervisor`. @returns its pid, undefined when it has none at the moment */
  readonly signal: (name: string, signal: NodeJS.Signals) => Promise<number | undefined>;
  /** Resolves with the milliseconds until all processes are ready again. */
  readonly whenReady: (patienceMs?: number) => Promise<number>;
  /** Runs the command line against this installation. */
  readonly firesteel: (...words: string[]) => Promise<Command>;
  /** The same in another environment. */
  readonly firesteelAs: (
    environment: Readonly<Record<string, string>>,
    ...words: string[]
  ) => Promise<Command>;
  /** As the database's administrator, or as the service whose role is named. */
  readonly sql: <Row>(
    statement: string,
    parameters?: readonly unknown[],
    role?: string,
  ) => Promise<Row[]>;
  readonly portOf: (name: string) => number;
  /** Ends it and removes its files, if it was made here. */
  readonly stop: () => Promise<void>;
};

const region = 'us-east-1';
const mainProgram = join(repoDir, 'apps', 'cli', 'src', 'main.ts');
const readyPatienceMs = 180_000;

/** Runs a program to its end. */
export const runProgram = (
  command: string,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd = repoDir,
): Promise<Command> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, words, {
      env: { ...env },
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const take = (chunk: Buffer): void => {
      output += String(chunk);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });

function askStatus(home: string): Promise<Status | undefined> {
  return new Promise((resolve) => {
    const socketPath = join(home, 'run', 'control.sock');
    const request = get({ socketPath, path: '/status', timeout: 10_000 }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => {
        const parsed = statusAnswer.safeParse(JSON.parse(text));
        resolve(parsed.success ? parsed.data : undefined);
      });
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(undefined));
  });
}

const isReady = (status: Status | undefined): boolean =>
  status?.stage === 'ready' && status.processes.every(({ state }) => state === 'ready');

/** Polls until `ask` has something. @throws Error after the patience */
export async function eventually<Value>(
  what: string,
  ask: () => Promise<Value | undefined> | Value | undefined,
  patienceMs = readyPatienceMs,
  pollMs = 100,
): Promise<Value> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (performance.now() > endMs)
      throw new Error(`${what} did not happen within ${patienceMs} ms`);
    await pause(pollMs);
  }
}

const isLive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Takes an installation in hand that runs already. */
export function openStack(
  home: string,
  env: Readonly<Record<string, string | undefined>>,
  stop: () => Promise<void> = async () => undefined,
): Stack {
  const ports = z
    .record(z.string(), z.number())
    .parse(JSON.parse(readFileSync(join(home, 'ports.json'), 'utf8')));
  const secret = (name: string): string => readFileSync(join(home, 'secrets', name), 'utf8').trim();
  const credentials = z
    .object({ accessKeyId: z.string(), secretAccessKey: z.string() })
    .parse(JSON.parse(secret('root-access-key.json')));
  const portOf = (name: string): number => ports[name] ?? 0;
  const endpoint = `http://127.0.0.1:${portOf('gateway')}`;
  const client = { endpoint, region, credentials, maxAttempts: 10 };
  const whole = { ...env, FIRESTEEL_HOME: home };
  const status = (): Promise<Status | undefined> => askStatus(home);
  const firesteelAs: Stack['firesteelAs'] = (environment, ...words) =>
    runProgram(process.execPath, ['--disable-warning=ExperimentalWarning', mainProgram, ...words], {
      ...whole,
      ...environment,
    });
  const ended = async (name: string, pid: number): Promise<void> => {
    await eventually(`the end of ${name}`, () => (isLive(pid) ? undefined : true), 10_000, 10);
  };
  return {
    ...{ home, endpoint, credentials, status, portOf, stop },
    emr: new EMRServerlessClient(client),
    once: new EMRServerlessClient({ ...client, maxAttempts: 1 }),
    s3: new S3Client({ ...client, forcePathStyle: true }),
    clientAt: (systemClockOffset, given = credentials) =>
      new EMRServerlessClient({
        ...{ ...client, maxAttempts: 1, credentials: given, systemClockOffset },
      }),
    bucketsAt: (systemClockOffset, given) =>
      new S3Client({
        ...{ ...client, maxAttempts: 1, credentials: given, systemClockOffset },
        forcePathStyle: true,
      }),
    serviceKey: Buffer.from(secret('service.key'), 'hex'),
    iam: new IAMClient(client),
    signal: async (name, signal) => {
      const now = await status();
      const pid =
        name === 'supervisor'
          ? now?.supervisor.pid
          : now?.processes.find((process) => process.name === name)?.pid;
      // Zero would be our own process group.
      if (!pid) return undefined;
      process.kill(pid, signal);
      if (signal === 'SIGKILL') await ended(name, pid);
      return pid;
    },
    whenReady: async (patienceMs = readyPatienceMs) => {
      const beganMs = performance.now();
      const ready = async () => (isReady(await status()) ? true : undefined);
      await eventually('everything ready', ready, patienceMs);
      return performance.now() - beganMs;
    },
    firesteelAs,
    firesteel: (...words) => firesteelAs({}, ...words),
    sql: async <Row>(statement: string, parameters: readonly unknown[] = [], role?: string) => {
      const login = role ?? 'firesteel';
      const password = secret(`database-${role ?? 'admin'}.password`);
      const url = `postgresql://${login}:${password}@127.0.0.1:${portOf('postgres')}/firesteel`;
      const orm = await openDatabase({ url, entities: [], migrations: [], poolSize: 1 });
      try {
        return (await orm.em.execute(statement, [...parameters])) as Row[];
      } finally {
        await orm.close();
      }
    },
  };
}

/** Starts an installation of its own. `settings` are environment variables of `up`. @throws Error with its words */
export async function startStack(
  env: Readonly<Record<string, string | undefined>>,
  settings: Readonly<Record<string, string>> = {},
  home = mkdtempSync(join(tmpdir(), 'firesteel-faults-')),
): Promise<Stack> {
  const whole = {
    ...env,
    ...settings,
    FIRESTEEL_HOME: home,
    FIRESTEEL_PORT: String(await freePort()),
  };
  const firesteel = (word: string): Promise<Command> =>
    runProgram(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', mainProgram, word],
      whole,
    );
  const stop = async (): Promise<void> => {
    await firesteel('down');
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  };
  const up = await firesteel('up');
  if (up.status !== 0) {
    await stop();
    throw new Error(`up failed: ${up.output}`);
  }
  return openStack(home, whole, stop);
}
