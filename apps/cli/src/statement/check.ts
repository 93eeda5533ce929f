/** Has `tools/rerater` work out statements again from the log alone, and say where they differ. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { openDatabase } from '@firesteel/event-store/database';
import { type EntityManager, IsolationLevel } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { readAnswer } from '../operator/answers.ts';
import type { StatementAnswer } from '../operator/statements.ts';

/** The events that a bill follows from, and those that billing made of them. */
const types = [
  'ApplicationCreating',
  'PriceListPublished',
  'WorkerExited',
  'WorkerUsageMetered',
  'TransactionPosted',
  'StatementIssued',
];

/** One event a line as it is exported: exact payload text. */
const exported = `declare exported no scroll cursor for
  select '{"globalSeq":' || s.global_seq || ',"stream":' || to_json(e.stream) || ',"version":' || e.version
    || ',"eventId":"' || e.event_id || '","type":"' || e.type || '","recordedAt":"'
    || to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '","data":' || e.data::text || ',"meta":' || e.meta::text || '}' as line
  from log.sequenced s join log.event e using (pos)
  where e.type in (${types.map((type) => `'${type}'`).join(', ')})
  order by s.global_seq`;

const pageSize = 1_000;

async function* exportedLines(tx: EntityManager): AsyncGenerator<string> {
  await tx.execute(exported);
  for (;;) {
    const page = await tx.execute<{ line: string }[]>(`fetch ${pageSize} from exported`);
    for (const { line } of page) yield `${line}\n`;
    if (page.length < pageSize) return;
  }
}

const report = z.object({ exits: z.number(), findings: z.array(z.string()) });

/** What the re-rater went through, and where it found something else than billing. */
export type Check = z.infer<typeof report>;

type CheckOptions = {
  /** A login that may read the whole log. */
  readonly adminUrl: string;
  /** `tools/rerater/rerate.py`. */
  readonly program: string;
  readonly accountId: string | undefined;
};

async function rerate(
  tx: EntityManager,
  program: string,
  words: readonly string[],
): Promise<Check> {
  const child = spawn('python3', [program, '--quiet', ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [out] = await Promise.all([
    text(child.stdout),
    pipeline(Readable.from(exportedLines(tx)), child.stdin),
  ]);
  if (out === '') throw new Error('The re-rater said nothing: it needs Python 3.10 or later.');
  return readAnswer(report, JSON.parse(out));
}

/**
 * Checks an answer against the log.
 * @throws Error when there is no Python or the log cannot be read
 */
export async function checkStatements(
  answer: StatementAnswer,
  { adminUrl, program, accountId }: CheckOptions,
): Promise<Check> {
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-check-'));
  const orm = await openDatabase({ url: adminUrl, entities: [], migrations: [], poolSize: 1 });
  try {
    const against = join(folder, 'answer.json');
    writeFileSync(against, JSON.stringify(answer));
    const asKnownAt = answer.statements[0]?.asKnownAt ?? null;
    const words = [
      ...['--month', answer.month, '--through', String(answer.throughSeq), '--against', against],
      ...(accountId === undefined ? [] : ['--account', accountId]),
      ...(asKnownAt === null ? [] : ['--as-known-at', asKnownAt]),
    ];
    return await orm.em.fork().transactional((tx) => rerate(tx, program, words), {
      isolationLevel: IsolationLevel.REPEATABLE_READ,
      readOnly: true,
    });
  } finally {
    await orm.close();
    rmSync(folder, { recursive: true });
  }
}
