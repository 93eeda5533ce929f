/** `firesteel backup <folder>`: everything that a new installation needs to go on from here, while this one runs. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openDatabase } from '@firesteel/event-store/database';
import { readSegments } from '@firesteel/event-store/segment';
import { folderStore, openSegmentStore } from '@firesteel/event-store/segment-store';
import { readKey } from '@firesteel/service/environment';
import type { EntityManager } from '@mikro-orm/postgresql';
import { readHead, readIncarnation } from '../backup/log-state.ts';
import { type Manifest, manifestName } from '../backup/manifest.ts';
import { baseBackup, copyFolder } from '../backup/physical-backup.ts';
import { writePrivately } from '../state/private-file.ts';
import { checkpointFile, readFoundations } from '../supervisor/plan.ts';
import type { CommandContext } from './context.ts';
import { mustBeUp } from './must-be-up.ts';

function makeFolder(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Error(`${folder} is not empty: a backup wants a folder of its own.`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** Copies the files of segments whose rows have left, unless they lie in a place of the operator's anyway. */
async function copySegments(
  { config, layout, repoDir }: CommandContext,
  em: EntityManager,
  folder: string,
): Promise<Manifest['segments']> {
  const names = (await readSegments(em)).filter(({ dropped }) => dropped).map(({ name }) => name);
  const { ports, surroundings } = readFoundations(config, layout, repoDir);
  const place = surroundings.serviceSettings['SEGMENT_STORE'] ?? null;
  if (place !== 'object-store') return { names, place };
  const store = openSegmentStore({
    place,
    objectStoreUrl: `http://127.0.0.1:${ports['object-store'] ?? 0}`,
    serviceKey: readKey(layout.secretsDir, 'service.key'),
  });
  const copies = folderStore(join(folder, 'segments'));
  for (const name of names) {
    const packed = await store.get(name);
    if (packed === undefined)
      throw new Error(`The segment ${name} is missing: run npm run verify.`);
    await copies.put(name, packed);
  }
  return { names, place: null };
}

async function copyLog(context: CommandContext, em: EntityManager, folder: string) {
  const { config, layout } = context;
  let taken: Omit<Manifest, 'format' | 'at' | 'accountId'> | undefined;
  await em.transactional((tx) =>
    baseBackup(tx, join(layout.dataDir, 'postgres'), join(folder, 'postgres'), async () => {
      taken = {
        head: await readHead(tx),
        incarnation: await readIncarnation(tx),
        segments: await copySegments(context, tx, folder),
      };
    }),
  );
  if (taken === undefined) throw new Error('The database was not copied.');
  const manifest: Manifest = {
    format: 1,
    at: new Date().toISOString(),
    accountId: config.accountId,
    ...taken,
  };
  writePrivately(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** @returns the exit code */
export async function backupCommand(context: CommandContext, where: string): Promise<number> {
  const { config, layout, repoDir, say } = context;
  if (config.databaseUrl !== undefined)
    throw new Error(
      `DATABASE_URL is a PostgreSQL of yours: back it up with pg_dump -Fc or a base backup, and keep ${layout.secretsDir} with it: nobody reads the copy without its keys. A log that finds itself in another cluster goes on as another incarnation by itself.`,
    );
  await mustBeUp(layout);
  const folder = resolve(where);
  makeFolder(folder);
  await copyFolder(layout.secretsDir, join(folder, 'secrets'));
  // Before the database: what they sign must be in the copy.
  if (checkpointFile(config, layout).startsWith(layout.checkpointsDir))
    await copyFolder(layout.checkpointsDir, join(folder, 'checkpoints'));
  const { adminUrl } = readFoundations(config, layout, repoDir);
  const orm = await openDatabase({ url: adminUrl, entities: [], migrations: [], poolSize: 1 });
  try {
    const { head, segments } = await copyLog(context, orm.em.fork(), folder);
    say(`Backed up into ${folder}: the log with head ${head.seq}:${head.hash},`);
    say('every service’s state, and all keys: keep it as safe as the installation itself.');
    if (segments.place !== null && segments.names.length > 0)
      say(
        `${segments.names.length} segments stay in ${segments.place}: they are needed to read all of the log.`,
      );
    say(
      `Not in it: the objects in S3 buckets, logs of processes, what Kafka holds (it is told anew).`,
    );
    return 0;
  } finally {
    await orm.close();
  }
}
