/** `firesteel restore <folder>`: an installation that goes on from a backup, as another incarnation of its log. */

import { createPublicKey, randomUUID } from 'node:crypto';
import {
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import type { LogEvent } from '@firesteel/contracts/log-events';
import { append } from '@firesteel/event-store';
import { openDatabase } from '@firesteel/event-store/database';
import type { LogCheckpoint } from '@firesteel/event-store/log-file';
import { folderStore, openSegmentStore } from '@firesteel/event-store/segment-store';
import { readKey } from '@firesteel/service/environment';
import type { EntityManager } from '@mikro-orm/postgresql';
import { freePort, whileRunning } from '../backup/brief-process.ts';
import { checkpointsAhead, checkpointsIn, readHead, readIncarnation } from '../backup/log-state.ts';
import { type Head, type Manifest, manifestName, parseManifest } from '../backup/manifest.ts';
import { copyFolder } from '../backup/physical-backup.ts';
import { createDirectories, type Layout } from '../state/layout.ts';
import { readIfThere } from '../state/private-file.ts';
import { prepareDatabaseApart } from '../supervisor/database-preparation.ts';
import { checkpointFile, layFoundations } from '../supervisor/plan.ts';
import { adminUrl, embeddedUrl, planPostgres, postgresUser } from '../supervisor/postgres.ts';
import { databaseRoles, planServices } from '../supervisor/service-table.ts';
import type { CommandContext } from './context.ts';
import { auditProgram, runHere } from './program-of-service.ts';
import { runningSupervisor } from './up.ts';

export type RestoreOptions = {
  /** Move what is in the way aside. */
  readonly replace: boolean;
  /** Give up what was signed after the copy was made. */
  readonly acceptLoss: boolean;
};

/** A restore under way: its files lie beside their places until everything is known to be well. */
type Draft = {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly layout: Layout;
  readonly port: number;
  readonly password: (role: string) => string;
};

const inTheWay = (layout: Layout): string[] =>
  [join(layout.dataDir, 'postgres'), layout.secretsDir].filter(
    (path) => existsSync(path) && readdirSync(path).length > 0,
  );

function requireRoom({ config, layout }: CommandContext, { replace }: RestoreOptions): void {
  if (config.databaseUrl !== undefined)
    throw new Error('DATABASE_URL is a PostgreSQL of yours: restore it by its own means.');
  if (runningSupervisor(layout) !== undefined)
    throw new Error(
      'Firesteel is running here: stop it with `npm run down`, or name another FIRESTEEL_HOME.',
    );
  const [path] = inTheWay(layout);
  if (path !== undefined && !replace)
    throw new Error(
      `${path} is in the way: --replace moves it aside, another FIRESTEEL_HOME leaves it alone.`,
    );
}

/** Everything below a folder gets an owner. */
function giveTo(user: { readonly uid: number; readonly gid: number }, folder: string): void {
  chownSync(folder, user.uid, user.gid);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) giveTo(user, path);
    else lchownSync(path, user.uid, user.gid);
  }
}

async function makeDraft(context: CommandContext, folder: string): Promise<Draft> {
  const { layout } = context;
  const manifest = parseManifest(readIfThere(join(folder, manifestName)), folder);
  createDirectories(layout);
  const dataDir = join(layout.dataDir, 'restoring');
  rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(dataDir, { mode: 0o711 });
  await copyFolder(join(folder, 'postgres'), join(dataDir, 'postgres'));
  const user = postgresUser();
  if (user !== undefined) giveTo(user, join(dataDir, 'postgres'));
  return {
    folder,
    manifest,
    layout: { ...layout, dataDir },
    port: await freePort(),
    password: (role) =>
      readFileSync(join(folder, 'secrets', `database-${role}.password`), 'utf8').trim(),
  };
}

/** Works on a database as a role. */
async function as<Result>(
  url: string,
  work: (em: EntityManager) => Promise<Result>,
): Promise<Result> {
  const orm = await openDatabase({ url, entities: [], migrations: [], poolSize: 1 });
  try {
    return await work(orm.em.fork());
  } finally {
    await orm.close();
  }
}

/** Verifies the copy with its own key and its own checkpoints; prints what `firesteel verify` prints. */
async function verifyCopy(context: CommandContext, draft: Draft, url: string): Promise<void> {
  const { folder, manifest } = draft;
  const keyFile = join(draft.layout.dataDir, 'ledger.pub.pem');
  const key = createPublicKey(readFileSync(join(folder, 'secrets', 'ledger-signing.pem')));
  writeFileSync(keyFile, key.export({ type: 'spki', format: 'pem' }));
  const kept = join(folder, 'checkpoints', 'checkpoints.ndjson');
  const words = ['--public-key', keyFile, ...(existsSync(kept) ? ['--checkpoints', kept] : [])];
  const { args, env } = auditProgram(context, 'verify.ts', words, {
    ...context.config.serviceSettings,
    ADMIN_DATABASE_URL: url,
    SEGMENT_STORE: manifest.segments.place ?? join(folder, 'segments'),
  });
  const code = await runHere(process.execPath, args, env, process.cwd());
  if (code !== 0) throw new Error('The copy does not verify: nothing was restored.');
}

async function requireHead(em: EntityManager, { head }: Manifest): Promise<Head> {
  const found = await readHead(em, head.seq);
  if (found.hash === head.hash) return readHead(em);
  throw new Error(`The copy's event ${head.seq} is not the one that was backed up.`);
}

function explainLoss(ahead: readonly LogCheckpoint[], file: string, head: Head): Error {
  const last = ahead.at(-1);
  return new Error(
    [
      `This copy ends with event ${head.seq}, but ${file} holds ${ahead.length} checkpoints that it does not have:`,
      ...ahead
        .slice(-5)
        .map(({ seq, chainHash, at }) => `  event ${seq}, signed ${at}, ${chainHash}`),
      `Events up to ${last?.seq} were acknowledged and would be lost. Restore a newer copy if there is one;`,
      '--accept-loss goes on without them, says so in the log, and keeps that file beside its place.',
    ].join('\n'),
  );
}

/** Begins another incarnation, so that nobody takes a message of the old one for one of this, and says so in the log. */
async function beginAnew(
  draft: Draft,
  admin: EntityManager,
  head: Head,
  ahead: readonly LogCheckpoint[],
): Promise<void> {
  const { manifest, port, password } = draft;
  const [previousIncarnation, incarnation] = [await readIncarnation(admin), randomUUID()];
  const fact: LogEvent = {
    type: 'LogRestored',
    data: {
      at: new Date().toISOString(),
      copiedAt: manifest.at,
      head,
      previousIncarnation,
      incarnation,
      lost: ahead.map(({ seq, chainHash, at }) => ({ seq, chainHash, at })),
    },
  };
  await admin.execute('update log.incarnation set id = ?', [incarnation]);
  await as(embeddedUrl(port, 'ledger', password('ledger')), (em) =>
    em.transactional((tx) => append(tx, `log-${incarnation}`, 0, [fact])),
  );
}

/** What is in a home already goes aside, under the moment of the restore. */
function moveAside(path: string, mark: string): void {
  if (existsSync(path)) renameSync(path, `${path}.${mark}`);
}

async function putInPlace(
  context: CommandContext,
  draft: Draft,
  ahead: readonly LogCheckpoint[],
): Promise<void> {
  const { config, layout } = context;
  const mark = `before-${new Date().toISOString().replaceAll(':', '')}`;
  for (const path of inTheWay(layout)) moveAside(path, mark);
  renameSync(join(draft.layout.dataDir, 'postgres'), join(layout.dataDir, 'postgres'));
  rmSync(draft.layout.dataDir, { recursive: true });
  await copyFolder(join(draft.folder, 'secrets'), layout.secretsDir);
  const file = checkpointFile(config, layout);
  if (ahead.length > 0) for (const path of [file, `${file}.leaves`]) moveAside(path, mark);
  const kept = join(draft.folder, 'checkpoints');
  if (!existsSync(file) && file.startsWith(layout.checkpointsDir) && existsSync(kept))
    await copyFolder(kept, layout.checkpointsDir);
}

/** Brings segments that came with the backup into the installation's own store. */
async function bringSegments(context: CommandContext, { folder, manifest }: Draft): Promise<void> {
  if (manifest.segments.place !== null || manifest.segments.names.length === 0) return;
  const { config, layout, repoDir } = context;
  const { ports, surroundings } = await layFoundations(config, layout, repoDir);
  const plan = planServices(surroundings).find(({ name }) => name === 'object-store');
  if (plan === undefined)
    throw new Error(`Copy ${join(folder, 'segments')} to where SEGMENT_STORE points.`);
  const store = openSegmentStore({
    place: 'object-store',
    objectStoreUrl: `http://127.0.0.1:${ports['object-store'] ?? 0}`,
    serviceKey: readKey(layout.secretsDir, 'service.key'),
  });
  const copies = folderStore(join(folder, 'segments'));
  await whileRunning(plan, async () => {
    for (const name of manifest.segments.names) {
      const packed = await copies.get(name);
      if (packed === undefined) throw new Error(`${name} is not in the backup.`);
      if ((await store.get(name)) === undefined) await store.put(name, packed);
    }
  });
}

/** Starts the copy, verifies it, and makes it another incarnation; answers what it turned out to be. */
async function judgeCopy(context: CommandContext, draft: Draft, { acceptLoss }: RestoreOptions) {
  const { port, password } = draft;
  const url = adminUrl(port, password('admin'));
  return whileRunning(planPostgres(draft.layout, port, password('admin')), async () => {
    await verifyCopy(context, draft, url);
    const roles = databaseRoles.map((name) => ({ name, password: password(name) }));
    await prepareDatabaseApart({ adminUrl: url, roles });
    return as(url, async (em) => {
      const head = await requireHead(em, draft.manifest);
      const file = checkpointFile(context.config, context.layout);
      const ahead = await checkpointsAhead(em, checkpointsIn(readIfThere(file) ?? ''));
      if (ahead.length > 0 && !acceptLoss) throw explainLoss(ahead, file, head);
      await beginAnew(draft, em, head, ahead);
      return { head, ahead };
    });
  });
}

/** @returns the exit code */
export async function restoreCommand(
  context: CommandContext,
  where: string,
  options: RestoreOptions,
): Promise<number> {
  const { say } = context;
  requireRoom(context, options);
  const draft = await makeDraft(context, resolve(where));
  try {
    const { head, ahead } = await judgeCopy(context, draft, options);
    await putInPlace(context, draft, ahead);
    await bringSegments(context, draft);
    say(`Restored the copy of ${draft.manifest.at}: head ${head.seq}:${head.hash}`);
    if (ahead.length > 0)
      say(`Given up: events up to ${ahead.at(-1)?.seq}, in ${ahead.length} signed checkpoints.`);
    say('Objects in S3 buckets are not part of a backup. Start it with `npm run up`.');
    return 0;
  } finally {
    rmSync(draft.layout.dataDir, { recursive: true, force: true });
  }
}
