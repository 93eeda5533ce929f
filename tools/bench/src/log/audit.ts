/** Verification and cold replay of a large log, beside a plain read of the same events. */
import { readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { openDatabase } from '@firesteel/event-store/database';
import type { TestDatabase } from '@firesteel/event-store/test-database';
import { sequenceBatch, takeOver } from '@firesteel/ledger/sequencer';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { startProcessGroup } from '../process-group.ts';
import { programOf } from './stack.ts';

/** Events a second, and of how many. */
export type Rate = { readonly events: number; readonly perSecond: number };

const rateOf = (events: number, ms: number): Rate => ({
  events,
  perSecond: Math.round(events / (ms / 1_000)),
});

type Stored = {
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly data: object;
};

const corpus = (): readonly Stored[] =>
  readFileSync(programOf('tools/audit/fixtures/corpus.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Ids of Firesteel: 16 letters and digits, of which a copy gets others. */
const idPattern = /\b00[a-z0-9]{14}\b/g;

/** Fills the log with copies of events that a real installation stored, each copy under ids of its own. */
async function fill(client: pg.Client, events: number): Promise<void> {
  const text = JSON.stringify(
    corpus().map(({ stream, version, type, data }) => ({ stream, version, type, data })),
  );
  const { rows } = await client.query<{ count: string }>('select count(*) from log.event');
  const size = (JSON.parse(text) as unknown[]).length;
  const copies = Math.ceil(Math.max(0, events - Number(rows[0]?.count)) / size);
  for (let copy = 0; copy < copies; copy += 1) {
    const suffix = copy.toString(36).padStart(6, '0');
    const renamed = text
      .replaceAll(idPattern, (id) => `${id.slice(0, 10)}${suffix}`)
      // Streams that are not named after such an id.
      .replaceAll(/"stream":"([^"]*)"/g, (_, stream: string) => `"stream":"${stream}.${suffix}"`);
    await client.query({
      name: 'fill',
      text: `with written as (
          insert into log.event (stream, version, type, data, meta)
          select stream, version, type, data, '{"principal":"arn:aws:iam::123456789012:user/bench"}'
          from json_to_recordset($1::json) as e(stream text, version int, type text, data json) returning pos)
        insert into log.unsequenced (pos) select pos from written order by pos`,
      values: [renamed],
    });
  }
}

/** Everything gets its place and its link, by the ledger's own sequencer. */
async function sequenceAll(database: TestDatabase): Promise<Rate> {
  const orm = await openDatabase({ url: database.urlOf('ledger'), entities: [], migrations: [] });
  const epoch = await takeOver(orm.em);
  const begun = performance.now();
  let events = 0;
  for (;;) {
    const taken = (await sequenceBatch(orm.em, epoch)).length;
    if (taken === 0) break;
    events += taken;
  }
  const rate = rateOf(events, performance.now() - begun);
  await orm.close();
  return rate;
}

/** COPY's text format: what a backslash stands for. */
const unescaped = (field: string): string =>
  field.includes('\\')
    ? field.replaceAll(
        /\\(.)/g,
        (_, letter: string) => ({ n: '\n', t: '\t', r: '\r' })[letter] ?? letter,
      )
    : field;

/** The plain way: COPY of the table as it lies there, every payload parsed, nothing checked. */
async function readPlainly(client: pg.Client): Promise<Rate> {
  const begun = performance.now();
  let events = 0;
  let rest = '';
  await pipeline(
    client.query(
      copyTo('copy log.event (stream, version, event_id, type, recorded_at, data, meta) to stdout'),
    ),
    async (chunks) => {
      for await (const chunk of chunks) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const fields = line.split('\t');
          JSON.parse(unescaped(fields[5] ?? ''));
          JSON.parse(unescaped(fields[6] ?? ''));
          events += 1;
        }
      }
    },
  );
  return rateOf(events, performance.now() - begun);
}

/** A command of the audit, as a process of its own: its start counts. */
async function runAudit(
  database: TestDatabase,
  events: number,
  words: readonly string[],
  compileCacheDir: string,
): Promise<Rate> {
  const [program = '', ...rest] = words;
  const begun = performance.now();
  const group = startProcessGroup(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', programOf('tools/audit/src', program), ...rest],
    {
      ADMIN_DATABASE_URL: database.adminUrl,
      PATH: '/usr/bin:/bin',
      // As `npm run verify` has it.
      NODE_COMPILE_CACHE: compileCacheDir,
    },
    programOf('.'),
  );
  const code = await group.ended;
  if (code !== 0)
    throw new Error(`${program} ended with ${code}: ${group.stdout()}${group.stderr()}`);
  return rateOf(events, performance.now() - begun);
}

export type Auditing = {
  readonly sequenced: Rate;
  readonly rounds: readonly { readonly copy: Rate; readonly verify: Rate; readonly replay: Rate }[];
};

/** Fills the log, gives everything its place, then reads it in each way in every round. */
export async function measureAuditing(
  database: TestDatabase,
  {
    events,
    rounds,
    compileCacheDir,
  }: { readonly events: number; readonly rounds: number; readonly compileCacheDir: string },
  say: (text: string) => void,
): Promise<Auditing> {
  const client = new pg.Client(database.adminUrl);
  await client.connect();
  try {
    say(`Filling the log with ${events} events …`);
    await fill(client, events);
    const sequenced = await sequenceAll(database);
    await client.query('vacuum analyze log.event, log.sequenced');
    // What filling it left to be written would be written beside the first that reads.
    await client.query('checkpoint');
    const measured: Auditing['rounds'][number][] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const copy = await readPlainly(client);
      const audit = (words: readonly string[]) =>
        runAudit(database, copy.events, words, compileCacheDir);
      const verify = await audit(['verify.ts']);
      const replay = await audit(['replay.ts', '--until', String(copy.events)]);
      say(
        `${round}/${rounds} COPY ${copy.perSecond}, verify ${verify.perSecond}, replay ${replay.perSecond} events a second`,
      );
      measured.push({ copy, verify, replay });
    }
    return { sequenced, rounds: measured };
  } finally {
    await client.end();
  }
}
