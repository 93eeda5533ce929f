/** Commands a second: plain inserts, one transaction each, and group commit, in turns. */
import { applications } from '@firesteel/application-registry/applications';
import { handleIn, transact } from '@firesteel/event-store/aggregate';
import { handle } from '@firesteel/event-store/commands';
import type { TestDatabase } from '@firesteel/event-store/test-database';
import pg from 'pg';
import { type Summary, summarize } from '../statistics.ts';
import { creationOf, metaOf, openRegistry } from './applications.ts';
import type { LogRequest } from './command-line.ts';

export const waysToAppend = ['plainInserts', 'transactionEach', 'groupCommit'] as const;
export type WayToAppend = (typeof waysToAppend)[number];

/** What clients saw, each waiting for one command at a time. */
export type Appending = {
  readonly way: WayToAppend;
  readonly round: number;
  readonly commandsPerSecond: number;
  readonly ms: Summary | undefined;
};

/** One command with an id of its own, durable when it resolves. */
type Command = (id: string) => Promise<unknown>;

/** More connections than a service has do not make one transaction each any faster here. */
const connections = 16;

async function drive(command: Command, prefix: string, request: LogRequest): Promise<number[]> {
  const until = performance.now() + request.seconds * 1_000;
  const took: number[] = [];
  const client = async (name: number): Promise<void> => {
    for (let number = 0; performance.now() < until; number += 1) {
      const begun = performance.now();
      await command(`${prefix}.${name}.${number}`);
      took.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: request.clients }, (_, name) => client(name)));
  return took;
}

/** The table's limit: the same facts as text, one statement and one transaction for each command. */
async function plainInserts(
  url: string,
): Promise<{ command: Command; close: () => Promise<void> }> {
  const pool = new pg.Pool({ connectionString: url, max: connections });
  await pool.query(
    'create table plain (id text primary key, at timestamptz default clock_timestamp(), data json, meta json)',
  );
  const { decide, initial } = applications.decider;
  return {
    command: (id) =>
      pool.query({
        name: 'plain',
        text: 'insert into plain (id, data, meta) values ($1, $2, $3)',
        values: [id, JSON.stringify(decide(creationOf(id), initial)), JSON.stringify(metaOf(id))],
      }),
    close: () => pool.end(),
  };
}

/** As many as the product's server keeps (`min_wal_size`). */
const walFiles = 16;

/**
 * Gives the server the WAL files that one in use has: a new server fills each with zeros when it comes to it, and every
 * commit waits for that.
 */
async function turnWalOver(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    for (let file = 0; file < walFiles; file += 1)
      await client.query(`select pg_logical_emit_message(false, 'bench', ''), pg_switch_wal()`);
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

/** Measures every way in every round, in an order that rotates; each command has a stream of its own. */
export async function measureAppending(
  database: TestDatabase,
  request: LogRequest,
  say: (text: string) => void,
): Promise<readonly Appending[]> {
  await turnWalOver(database.adminUrl);
  const plain = await plainInserts(database.adminUrl);
  const orm = await openRegistry(database.urlOf('application_registry'), connections);
  const commands: Readonly<Record<WayToAppend, Command>> = {
    plainInserts: plain.command,
    transactionEach: (id) =>
      transact(orm.em, (tx) => handleIn(tx, applications, id, creationOf(id), metaOf(id))),
    groupCommit: (id) => handle(orm.em, applications, id, creationOf(id), metaOf(id)),
  };
  const measured: Appending[] = [];
  try {
    for (let round = 0; round <= request.rounds; round += 1)
      for (let turn = 0; turn < waysToAppend.length; turn += 1) {
        const way = waysToAppend[(turn + round) % waysToAppend.length] ?? 'groupCommit';
        const took = await drive(commands[way], `${way}.${round}`, request);
        const commandsPerSecond = Math.round(took.length / request.seconds);
        say(
          `${round === 0 ? 'warm-up' : `${round}/${request.rounds}`} ${way}: ${commandsPerSecond} commands a second`,
        );
        if (round > 0) measured.push({ way, round, commandsPerSecond, ms: summarize(took) });
      }
  } finally {
    await plain.close();
    await orm.close();
  }
  return measured;
}
