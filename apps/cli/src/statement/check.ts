/** Has `tools/rerater` work out statements again from an export of the log, and say where they differ. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { readAnswer } from '../operator/answers.ts';
import type { StatementAnswer } from '../operator/statements.ts';

const report = z.object({ exits: z.number(), findings: z.array(z.string()) });

/** What the re-rater went through, and where it found something else than billing. */
export type Check = z.infer<typeof report>;

/** A program with its words and environment. */
export type Program = {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
};

type CheckOptions = {
  /** Writes the log as `firesteel export` does, so that what is checked is what an outsider gets. */
  readonly exporter: Program;
  /** `tools/rerater/rerate.py`. */
  readonly rerater: string;
  readonly accountId: string | undefined;
};

/** @throws Error when the log cannot be exported, or there is no Python */
async function rerate(
  { exporter, rerater }: CheckOptions,
  words: readonly string[],
): Promise<Check> {
  const source = spawn(process.execPath, exporter.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...exporter.env },
  });
  const child = spawn('python3', [rerater, '--quiet', ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [[code], said, out] = await Promise.all([
    once(source, 'close'),
    text(source.stderr),
    text(child.stdout),
    pipeline(source.stdout, child.stdin),
  ]);
  if (code !== 0) throw new Error(`The log could not be exported: ${said.trim()}`);
  if (out === '') throw new Error('The re-rater said nothing: it needs Python 3.10 or later.');
  return readAnswer(report, JSON.parse(out));
}

/**
 * Checks an answer against the log.
 * @throws Error when there is no Python or the log cannot be read
 */
export async function checkStatements(
  answer: StatementAnswer,
  options: CheckOptions,
): Promise<Check> {
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-check-'));
  try {
    const against = join(folder, 'answer.json');
    writeFileSync(against, JSON.stringify(answer));
    const { accountId } = options;
    const asKnownAt = answer.statements[0]?.asKnownAt ?? null;
    return await rerate(options, [
      ...['--month', answer.month, '--through', String(answer.throughSeq), '--against', against],
      ...(accountId === undefined ? [] : ['--account', accountId]),
      ...(asKnownAt === null ? [] : ['--as-known-at', asKnownAt]),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a check found, for people. */
export const checkLines = ({ exits, findings }: Check): string[] => [
  ...findings,
  findings.length === 0
    ? `checked: the same to the last digit, worked out again from ${exits} exits`
    : `not checked: ${findings.length} differences from what ${exits} exits give`,
];
