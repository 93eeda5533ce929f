/** PostgreSQL's folder as it lies on the disk at one moment, and a server of its own on such a copy. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@firesteel/event-store/database';
import { freePort } from '@firesteel/event-store/test-database';
import { eventually, type Stack } from './stack.ts';

const parentOf = (pid: string): number => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
};

/** The processes of a pid and its children. */
const familyOf = (pid: number): number[] => [
  pid,
  ...readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number),
];

/** A supervisor on a busy machine may not answer at once. */
const pidOfPostgres = (stack: Stack): Promise<number> =>
  eventually('a process of PostgreSQL', async () => {
    const now = await stack.status();
    return now?.processes.find(({ name }) => name === 'postgres')?.pid || undefined;
  });

/** Stops every process of PostgreSQL, lets `work` look at its files, and lets them go on. */
export async function whileFrozen<Result>(stack: Stack, work: () => Result): Promise<Result> {
  const family = familyOf(await pidOfPostgres(stack));
  const signal = (name: NodeJS.Signals): void => {
    for (const pid of family) {
      try {
        process.kill(pid, name);
      } catch {
        // A session that has ended meanwhile.
      }
    }
  };
  signal('SIGSTOP');
  try {
    return work();
  } finally {
    signal('SIGCONT');
  }
}

/** Copies a folder with owners and modes. */
export const copyFolder = (from: string, to: string): void => {
  execFileSync('cp', ['-a', '--reflink=auto', from, to]);
};

/** A folder that PostgreSQL's own user may enter. */
export function folderFor(stack: Stack): string {
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-image-'));
  const { uid, gid } = statSync(join(stack.home, 'data', 'postgres'));
  chownSync(folder, uid, gid);
  return folder;
}

/** A server on a copy. */
export type Image = {
  readonly url: string;
  readonly sql: <Row>(statement: string) => Promise<Row[]>;
  /** Ends it and removes the copy. */
  readonly stop: () => Promise<void>;
};

async function query<Row>(url: string, statement: string): Promise<Row[]> {
  const orm = await openDatabase({ url, entities: [], migrations: [], poolSize: 1 });
  try {
    return (await orm.em.execute(statement)) as Row[];
  } finally {
    await orm.close();
  }
}

/** Starts PostgreSQL on the copy in `folder`/postgres, with the command line of the one it was copied from. */
export async function startImage(stack: Stack, folder: string): Promise<Image> {
  const dataDir = join(folder, 'postgres');
  rmSync(join(dataDir, 'postmaster.pid'), { force: true });
  const port = await freePort();
  const [program = '', ...words] = readFileSync(
    `/proc/${await pidOfPostgres(stack)}/cmdline`,
    'utf8',
  )
    .split('\0')
    .filter((word) => word !== '');
  const args = words.map((word, at) => {
    if (words[at - 1] === '-D') return dataDir;
    return word.startsWith('port=') ? `port=${port}` : word;
  });
  const { uid, gid } = statSync(dataDir);
  const server: ChildProcess = spawn(program, args, { uid, gid, stdio: 'ignore', cwd: '/' });
  const password = readFileSync(join(stack.home, 'secrets', 'database-admin.password'), 'utf8');
  const url = `postgresql://firesteel:${password.trim()}@127.0.0.1:${port}/firesteel`;
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    server.kill('SIGQUIT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await eventually('the copy ready', async () => {
      if (server.exitCode !== null) throw new Error(`the copy does not start: ${server.exitCode}`);
      return query(url, 'select 1').catch(() => undefined);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, sql: (statement) => query(url, statement), stop };
}
