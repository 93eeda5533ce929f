/** `run/<name>.json`: which process serves a name, so that the next supervisor can adopt it or end it. */
import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, writePrivately } from '../state/private-file.ts';

const runRecordSchema = z.object({
  pid: z.number().int().positive(),
  startTime: z.string(),
  /** Digest of command line and environment; another one means: replace, do not adopt. */
  digest: z.string(),
  /** Milliseconds since 1970. */
  startedAtMs: z.number(),
});

export type RunRecord = z.infer<typeof runRecordSchema>;

const pathOf = (runDir: string, name: string): string => join(runDir, `${name}.json`);

/** What is recorded for a name. A damaged file counts as none: the process is then found by its environment. */
export function readRunRecord(runDir: string, name: string): RunRecord | undefined {
  const text = readIfThere(pathOf(runDir, name));
  if (text === undefined) return undefined;
  try {
    return runRecordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export const writeRunRecord = (runDir: string, name: string, record: RunRecord): void =>
  writePrivately(pathOf(runDir, name), `${JSON.stringify(record)}\n`);

export const removeRunRecord = (runDir: string, name: string): void =>
  rmSync(pathOf(runDir, name), { force: true });

/** Names of all records; none when the directory is not there yet. */
export function recordedNames(runDir: string): string[] {
  try {
    return readdirSync(runDir)
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length));
  } catch {
    return [];
  }
}

/** Names what a process was started with, in any order of its variables; PATH differs from shell to shell. */
export function launchDigest(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): string {
  const variables = Object.entries(env)
    .filter(([name]) => name !== 'PATH')
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([command, args, variables]))
    .digest('hex');
}
