/** A log of thirty-three events on a real PostgreSQL, signed every ten, and the ways of a superuser with it. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { append } from '@firesteel/event-store';
import {
  type ChainedRow,
  chained,
  chainedColumns,
  chainHash,
  genesis,
} from '@firesteel/event-store/chain';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { filePlace } from '@firesteel/ledger/checkpoint-places';
import { type Checkpointer, startCheckpointer } from '@firesteel/ledger/checkpointer';
import { sequenceBatch, takeOver } from '@firesteel/ledger/sequencer';
import type { MikroORM } from '@mikro-orm/postgresql';

export type SignedLog = {
  readonly database: TestDatabase;
  readonly admin: MikroORM;
  readonly ledger: MikroORM;
  readonly folder: string;
  /** Files as somebody outside would keep them. */
  readonly publicKeyFile: string;
  readonly checkpointFile: string;
  readonly privateKey: KeyObject;
  readonly epoch: number;
  readonly checkpointer: Checkpointer;
  /** Appends an event of an account to a stream `application-<id>`, `usage-<id>` … of its owner. */
  readonly add: (role: string, stream: string, version: number, data: object) => Promise<void>;
  /** Sequences and signs what was added. */
  readonly sequence: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts one without events. */
export async function startSignedLog(everyEvents = 10): Promise<SignedLog> {
  const database = await startTestDatabase();
  const open = (url: string) => openDatabase({ url, entities: [], migrations: [], poolSize: 1 });
  const admin = await open(database.adminUrl);
  const ledger = await open(database.urlOf('ledger'));
  const roles = new Map<string, MikroORM>();
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-evidence-'));
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const publicKeyFile = join(folder, 'ledger.pub.pem');
  writeFileSync(publicKeyFile, publicKey.export({ type: 'spki', format: 'pem' }));
  const checkpointFile = join(folder, 'checkpoints.ndjson');
  const epoch = await takeOver(ledger.em);
  const checkpointer = await startCheckpointer({
    em: ledger.em,
    epoch,
    incarnation: 'life',
    privateKey,
    everyEvents,
    everyMs: 60_000,
    places: [filePlace(checkpointFile)],
    now: () => new Date('2026-11-27T10:00:00.000Z'),
    failed: (error) => {
      throw error;
    },
  });
  return {
    database,
    admin,
    ledger,
    folder,
    publicKeyFile,
    checkpointFile,
    privateKey,
    epoch,
    checkpointer,
    add: async (role, stream, version, data) => {
      const orm = roles.get(role) ?? (await open(database.urlOf(role)));
      roles.set(role, orm);
      await orm.em
        .fork()
        .transactional((tx) =>
          append(tx, stream, version, [{ type: 'Happened', data }], { requestId: `r-${version}` }),
        );
    },
    sequence: async () => checkpointer.took(await sequenceBatch(ledger.em, epoch)),
    stop: async () => {
      for (const orm of [admin, ledger, ...roles.values()]) await orm.close();
      await database.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Whoever may write everything runs statements with every trigger off. */
export async function asSuperuser(admin: MikroORM, statements: readonly string[]): Promise<void> {
  await admin.em.execute('set session_replication_role = replica');
  for (const statement of statements) await admin.em.execute(statement);
  await admin.em.execute('set session_replication_role = origin');
}

/** And computes every hash anew, so that the chain is whole in itself. */
export async function chainAnew(admin: MikroORM): Promise<void> {
  const rows = await admin.em.execute<(ChainedRow & { global_seq: string })[]>(
    `select s.global_seq, ${chainedColumns} from log.sequenced s join log.event e using (pos) order by s.global_seq`,
  );
  let previous = genesis;
  const statements = rows.map((row) => {
    previous = chainHash(previous, chained(row, Number(row.global_seq)));
    return `update log.sequenced set hash = '\\x${previous.toString('hex')}' where global_seq = ${row.global_seq}`;
  });
  await asSuperuser(admin, statements);
}
