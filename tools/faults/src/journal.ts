/**
 * The outside journal: what the client asked for and what it was told, appended to a file of its own before
 * anything else is done. Whatever happens to the installation, this is what it promised.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const line = z.object({
  /** Milliseconds since 1970. */
  atMs: z.number(),
  token: z.string(),
  /** The id of the answer; without it: only asked. */
  id: z.string().optional(),
});
type Line = z.infer<typeof line>;

export type Journal = {
  readonly asked: (token: string) => void;
  readonly told: (token: string, id: string) => void;
};

/** Appends to the file; made when it is not there. */
export function openJournal(file: string): Journal {
  const append = (entry: Line): void => appendFileSync(file, `${JSON.stringify(entry)}\n`);
  return {
    asked: (token) => append({ atMs: Date.now(), token }),
    told: (token, id) => append({ atMs: Date.now(), token, id }),
  };
}

/** What a client holds in its hands: by token the ids that it was told. */
export function readJournal(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const told = new Map<string, Set<string>>();
  for (const each of text.split('\n').filter((candidate) => candidate !== '')) {
    const { token, id } = line.parse(JSON.parse(each));
    const ids = told.get(token) ?? new Set();
    told.set(token, id === undefined ? ids : ids.add(id));
  }
  return told;
}

/** The journal of a file. */
export const readJournalFile = (file: string): ReturnType<typeof readJournal> =>
  readJournal(readFileSync(file, 'utf8'));

/** How the log looks at it: by token, the ids of everything that was made for it. */
export type Made = ReadonlyMap<string, readonly string[]>;

export type Comparison = {
  readonly acknowledged: number;
  /** Told, and not in the log. */
  readonly lost: readonly string[];
  /** Made more than once, or told two answers. */
  readonly doubled: readonly string[];
};

/** Holds the journal against the log. What was asked and never answered may be there or not, but not twice. */
export function compare(told: ReturnType<typeof readJournal>, made: Made): Comparison {
  const entries = [...told].map(([token, ids]) => ({ token, ids, made: made.get(token) ?? [] }));
  return {
    acknowledged: entries.filter(({ ids }) => ids.size > 0).length,
    lost: entries
      .filter((entry) => [...entry.ids].some((id) => !entry.made.includes(id)))
      .map(({ token }) => token),
    doubled: entries
      .filter((entry) => entry.made.length > 1 || entry.ids.size > 1)
      .map(({ token }) => token),
  };
}
