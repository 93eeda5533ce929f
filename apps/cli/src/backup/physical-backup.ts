/**
 * A base backup of the embedded PostgreSQL while it runs, by its own low-level interface (pg_backup_start,
 * pg_backup_stop): the data directory, and the write-ahead log that makes the copy whole when it is started.
 */
import { copyFile, mkdir, open, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { EntityManager } from '@mikro-orm/postgresql';
import { codeOf } from '../state/private-file.ts';

/** Files and folders of which a copy needs nothing; the folders must be there, empty. */
const leftOut =
  /^(postmaster\.(pid|opts)|pg_internal\.init|pgsql_tmp.*|current_logfiles|backup_label.*|tablespace_map.*)$/;
const emptied: readonly string[] = [
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
];

/** Copies a file and waits for the disk; one that is gone meanwhile is not needed. */
async function copyDurably(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const handle = await open(to, 'r+');
  await handle.sync();
  await handle.close();
}

/** Copies a folder that may change meanwhile, for its owner alone. */
export async function copyFolder(
  from: string,
  to: string,
  wanted: (name: string, folder: string) => boolean = () => true,
): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!wanted(entry.name, basename(from))) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyFolder(source, target, wanted);
    else if (entry.isFile()) await copyDurably(source, target);
  }
}

/** Names of files of the write-ahead log are in its order. */
const isWal = (name: string): boolean => /^[0-9A-F]{24}$/.test(name);

async function copyWal(dataDir: string, to: string, first: string, last: string): Promise<void> {
  const files = (await readdir(join(dataDir, 'pg_wal'))).filter(isWal).sort();
  const needed = files.filter((name) => name >= first && name <= last);
  if (needed[0] !== first || needed.at(-1) !== last)
    throw new Error(`PostgreSQL no longer has its write-ahead log from ${first} to ${last}.`);
  for (const name of needed)
    await copyDurably(join(dataDir, 'pg_wal', name), join(to, 'pg_wal', name));
}

/**
 * Copies the data directory of a running server. It must be the only work of its transaction: the session is
 * what PostgreSQL ties the backup to.
 * @param beforeEnd called when all files are there; what it reads is in the copy
 * @throws the driver's or the system's error; the copy is then good for nothing
 */
export async function baseBackup(
  tx: EntityManager,
  dataDir: string,
  to: string,
  beforeEnd: () => Promise<void>,
): Promise<void> {
  // Keeps the write-ahead log until the session ends.
  await tx.execute("select pg_create_physical_replication_slot('firesteel_backup', true, true)");
  await tx.execute("select pg_backup_start('firesteel', true)");
  const wanted = (name: string, inside: string): boolean =>
    !leftOut.test(name) && !emptied.includes(inside);
  await copyFolder(dataDir, to, wanted);
  await beforeEnd();
  const [end] = await tx.execute<{ label: string; last: string }[]>(
    'select labelfile as label, pg_walfile_name(lsn) as last from pg_backup_stop(false)',
  );
  const first = /\(file ([0-9A-F]{24})\)/.exec(end?.label ?? '')?.[1];
  if (end === undefined || first === undefined) throw new Error('PostgreSQL named no label.');
  const label = await open(join(to, 'backup_label'), 'w', 0o600);
  await label.writeFile(end.label);
  await label.sync();
  await label.close();
  await copyWal(dataDir, to, first, end.last);
}
