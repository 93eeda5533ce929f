/** `firesteel export`, `firesteel proof`: the log, or a part of it, for programs that nobody here wrote. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type LogLine, lineText } from '@firesteel/event-store/log-file';
import type { SegmentStore } from '@firesteel/event-store/segment-store';
import type { EntityManager } from '@mikro-orm/postgresql';
import { runAudit, withDatabase } from './command-line.ts';
import { segmentStore } from './config.ts';
import { accountLines, proofLines, rangeLines } from './exporting.ts';
import { placeOf } from './moments.ts';
import { inSnapshot, readHead } from './snapshot.ts';

const help = `firesteel export [--from PLACE] [--until PLACE] [--account ID] [--out FILE]
firesteel proof <event> [--out FILE]

Writes events as NDJSON, oldest first; tools/audit/EXPORT.md says what each line is and how its hashes are
computed. A place is a sequence number or an ISO-8601 time with its zone; --from begins behind a time. With an
account only its events, each with a proof that it is in the log; <event> is an event's id or sequence number.
\`verify --from-export FILE --public-key FILE\` checks the file without a database.`;

type Wishes = {
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly account?: string | undefined;
};

async function* wishedLines(
  tx: EntityManager,
  store: SegmentStore,
  { from, until, account }: Wishes,
): AsyncGenerator<LogLine, void> {
  const head = await readHead(tx);
  const last =
    until === undefined ? head : Math.min(head, await placeOf(tx, 'until', until, store));
  const start = from === undefined ? 1 : await placeOf(tx, 'from', from, store);
  // A time means what came after it; a number means itself.
  const first = from?.includes('-') ? start + 1 : start;
  if (first > last) throw new Error(`There is no event from ${first} to ${last}.`);
  yield* account === undefined
    ? rangeLines(tx, { first, last }, store)
    : accountLines(tx, accountIdOf(account), { first, last }, store);
}

function accountIdOf(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  throw new Error(`--account takes twelve digits; ${text} is no account id.`);
}

async function* texts(
  lines: AsyncIterable<LogLine>,
  counted: (line: LogLine) => void,
): AsyncGenerator<string, void> {
  for await (const line of lines) {
    counted(line);
    yield lineText(line);
  }
}

process.exitCode = await runAudit(process.argv.slice(2), {
  help,
  subject: true,
  options: {
    from: { type: 'string' },
    until: { type: 'string' },
    account: { type: 'string' },
    out: { type: 'string' },
    proof: { type: 'boolean' },
  },
  run: async ({ out, proof, ...wishes }, [event, ...more]) => {
    if (more.length > 0 || (proof === true) !== (event !== undefined)) throw new Error(help);
    let events = 0;
    const store = segmentStore();
    await withDatabase((em) =>
      inSnapshot(em, async (tx) => {
        const lines =
          event === undefined ? wishedLines(tx, store, wishes) : proofLines(tx, event, store);
        const counted = ({ kind }: LogLine): void => {
          events += kind === 'event' ? 1 : 0;
        };
        const target = out === undefined ? process.stdout : createWriteStream(out, { mode: 0o600 });
        await pipeline(Readable.from(texts(lines, counted)), target, { end: out !== undefined });
      }),
    );
    console.error(`${events} events`);
    return null;
  },
});
