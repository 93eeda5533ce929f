/**
 * Decisions are in a file before their answers leave, and in the log, flushed, a moment later: an
 * append to the log costs every service some processor time, so it takes what came in a quarter of a second at
 * once. What a process leaves behind at its end, its successor brings to the log.
 */
import {
  appendFileSync,
  ftruncateSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  unlinkSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccessDecision } from '@firesteel/contracts/events';
import { createRecorder } from './recorder.ts';
import { type AppendToTrails, type Entry, trailOf } from './trail.ts';

export type Journal = {
  /** Resolves once the decision is in a file; rejects when it cannot be, or the log takes nothing for too long. */
  readonly record: (decision: AccessDecision) => Promise<void>;
  /** Resolves once everything that was recorded before is in the log; rejects when the log refuses. */
  readonly inLog: () => Promise<void>;
  /** Brings what is left to the log and leaves no file behind; what the log refuses stays for the next process. */
  readonly close: () => Promise<void>;
};

export type JournalOptions = {
  /** A directory of this journal alone. */
  readonly dir: string;
  /** What tells this process from others, such as its start in epoch milliseconds. */
  readonly life: number;
  readonly append: AppendToTrails;
  /** The log refused; it is asked again. */
  readonly failed: (error: unknown) => void;
  readonly intervalMs?: number;
  /** So many wait for the log at most. More are not taken, and their requests are not answered. */
  readonly mostWaiting?: number;
};

/** About 20 MB wait at most. */
const defaults = { intervalMs: 250, mostWaiting: 20_000 };

/** Decisions in one append: an event stays readable and far below the broker's limits. */
const largestAppend = 200;

/** One file: its length as far as it is sound, whether more was begun, and what of it the log does not have yet. */
type Page = {
  readonly file: FileHandle;
  readonly path: string;
  length: number;
  torn: boolean;
  entries: readonly Entry[];
};

/** A line that a crash has cut off was never answered. */
function parsed(line: string): readonly Entry[] {
  try {
    return line === '' ? [] : [JSON.parse(line)];
  } catch {
    return [];
  }
}

/** What processes before this one have left. */
const entriesIn = (paths: readonly string[]): readonly Entry[] =>
  paths
    .flatMap((path) => readFileSync(path, 'utf8').split('\n').flatMap(parsed))
    .toSorted((one, other) => one.number - other.number);

/**
 * Adds entries to a file, after what a failed write before has left is cut off. It is in the system's hands then, and
 * outlives the process; a flush of a busy disk takes longer than all the rest of a call.
 */
function addTo(page: Page, entries: readonly Entry[]): void {
  const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  if (page.torn) ftruncateSync(page.file.fd, page.length);
  page.torn = true;
  appendFileSync(page.file.fd, lines);
  page.torn = false;
  page.length += Buffer.byteLength(lines);
  page.entries = [...page.entries, ...entries];
}

async function empty(page: Page): Promise<void> {
  page.entries = [];
  await page.file.truncate(0);
  page.length = 0;
}

async function appendAll(entries: readonly Entry[], append: AppendToTrails): Promise<void> {
  for (let at = 0; at < entries.length; at += largestAppend)
    await append(entries.slice(at, at + largestAppend));
}

/** Makes the directory durable before anything in it counts. */
async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  await handle.sync();
  await handle.close();
}

/**
 * Brings to the log what is left in the directory, then begins.
 * @throws what the log says while it takes nothing
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { dir, life, append, failed, intervalMs, mostWaiting } = { ...defaults, ...options };
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const left = readdirSync(dir).map((name) => join(dir, name));
  await appendAll(entriesIn(left), append);
  for (const path of left) unlinkSync(path);

  const openPage = async (name: string): Promise<Page> => {
    const path = join(dir, `${life}-${name}.ndjson`);
    const file = await open(path, 'a', 0o600);
    return { path, file, length: 0, torn: false, entries: [] };
  };
  // Two files take turns: one is written to while the log takes what is in the other.
  let [writing, leaving] = [await openPage('a'), await openPage('b')];
  await syncDirectory(dir);

  let numbers: ReadonlyMap<string, number> = new Map();
  let underWay: Promise<void> = Promise.resolve();
  const write = async (decisions: readonly AccessDecision[]): Promise<void> => {
    if (writing.entries.length + leaving.entries.length >= mostWaiting)
      throw new Error('The log takes no decisions.');
    const [page, next] = [writing, new Map(numbers)];
    const entries = decisions.map((decision): Entry => {
      const trail = trailOf(life, decision);
      const number = (next.get(trail) ?? 0) + 1;
      next.set(trail, number);
      return { trail, number, decision };
    });
    addTo(page, entries);
    numbers = next;
  };
  const record = createRecorder((decisions) => {
    underWay = write(decisions);
    return underWay;
  });

  /** Empties one file into the log. */
  const turn = async (): Promise<void> => {
    if (leaving.entries.length === 0) [writing, leaving] = [leaving, writing];
    await underWay.catch(() => undefined);
    await appendAll(leaving.entries, append);
    await empty(leaving);
  };
  let turning: Promise<void> = Promise.resolve();
  const oneTurn = (): Promise<void> => {
    turning = turning.catch(() => undefined).then(turn);
    return turning;
  };
  /** The file that waits for the log, and the one that is written to. */
  const inLog = async (): Promise<void> => {
    await oneTurn();
    await oneTurn();
  };
  const timer = setInterval(() => {
    if (writing.entries.length + leaving.entries.length > 0) oneTurn().catch(failed);
  }, intervalMs).unref();
  return {
    record,
    inLog,
    close: async () => {
      clearInterval(timer);
      await inLog();
      for (const { file, path } of [writing, leaving]) {
        await file.close();
        unlinkSync(path);
      }
    },
  };
}
