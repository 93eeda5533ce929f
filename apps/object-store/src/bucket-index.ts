import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import {
  applyChange,
  type BucketState,
  type Change,
  emptyState,
  stateAsChanges,
} from './bucket-state.ts';
import { replaceFile, syncDirectory } from './durable-files.ts';
import {
  encodeRecord,
  type JournalWriter,
  journalDamaged,
  openJournal,
  readJournal,
  writeFully,
} from './journal.ts';
import type { ContentId } from './stored-object.ts';

/** The index of one bucket: its state in memory and the journal that state is rebuilt from. */
export type BucketIndex = {
  readonly state: BucketState;
  /** Makes changes durable, applies them, and gives the content that is free now. */
  readonly write: (changes: readonly Change[]) => Promise<readonly ContentId[]>;
  /** False once the journal can no longer be trusted to take writes; reads go on. */
  readonly healthy: () => boolean;
  /** Ends a running compaction and closes the files. No `write` may be under way. */
  readonly close: () => Promise<void>;
};

const minJournalBytes = 4 * 1024 * 1024;
const pageLength = 256;
const names = {
  journal: (generation: number): string => `journal-${String(generation).padStart(8, '0')}`,
  snapshot: (generation: number): string => `snapshot-${String(generation).padStart(8, '0')}`,
};

type Generations = { readonly snapshot: number; readonly journals: readonly number[] };

const generationsOf = (files: readonly string[], kind: 'journal' | 'snapshot'): number[] =>
  files
    .map((file) => new RegExp(`^${kind}-(\\d{8})$`).exec(file)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((left, right) => left - right);

/** The last snapshot holds everything that was written before the journal of the same generation. */
const readGenerations = async (directory: string): Promise<Generations> => {
  const files = await readdir(directory);
  const snapshot = generationsOf(files, 'snapshot').at(-1) ?? 0;
  const journals = generationsOf(files, 'journal').filter((generation) => generation >= snapshot);
  return { snapshot, journals };
};

/** Removes what a newer snapshot has made superfluous, and snapshots that were not finished. */
const removeOutdated = async (directory: string, oldest: number): Promise<void> => {
  for (const file of await readdir(directory)) {
    const generation = /^(?:journal|snapshot)-(\d{8})(\.new)?$/.exec(file);
    if (generation === null) continue;
    if (generation[2] !== undefined || Number(generation[1]) < oldest) {
      await rm(join(directory, file), { force: true });
    }
  }
};

const replayInto = (state: BucketState) => (changes: readonly unknown[]) => {
  // The checksum of the record vouches for its shape: nothing but this program wrote it.
  for (const change of changes) applyChange(state, change as Change);
};

const readWhole = async (file: string, state: BucketState): Promise<number> => {
  const { soundBytes, torn } = await readJournal(file, replayInto(state));
  if (torn) throw journalDamaged(file, soundBytes);
  return soundBytes;
};

type Loaded = {
  readonly state: BucketState;
  readonly snapshotBytes: number;
  readonly writer: JournalWriter;
  readonly generation: number;
};

/** Only the last journal may end in a torn record: the others were left when they were whole. */
const load = async (directory: string): Promise<Loaded> => {
  const { snapshot, journals } = await readGenerations(directory);
  const state = emptyState();
  const snapshotBytes =
    snapshot === 0 ? 0 : await readWhole(join(directory, names.snapshot(snapshot)), state);
  for (const generation of journals.slice(0, -1)) {
    await readWhole(join(directory, names.journal(generation)), state);
  }
  const generation = journals.at(-1) ?? Math.max(snapshot, 1);
  const file = join(directory, names.journal(generation));
  const soundBytes =
    journals.length === 0 ? 0 : (await readJournal(file, replayInto(state))).soundBytes;
  const writer = await openJournal(file, soundBytes);
  await syncDirectory(directory);
  await removeOutdated(directory, snapshot);
  return { state, snapshotBytes, writer, generation };
};

/** Writes the state as a snapshot; gives its length in bytes, or undefined when told to stop. */
const writeSnapshot = async (
  file: string,
  state: BucketState,
  stopped: () => boolean,
): Promise<number | undefined> => {
  await using handle = await open(`${file}.new`, 'w', 0o600);
  let length = 0;
  for (const changes of stateAsChanges(state, pageLength)) {
    if (stopped()) return undefined;
    const record = encodeRecord(changes);
    await writeFully(handle, record, length);
    length += record.length;
    await yieldToOthers();
  }
  await handle.sync();
  await replaceFile(`${file}.new`, file);
  return length;
};

type Compaction = {
  /** Starts a new generation when the journal has outgrown the snapshot. Between two writes only. */
  readonly consider: () => Promise<void>;
  readonly writer: () => JournalWriter;
  readonly close: () => Promise<void>;
};

const createCompaction = (directory: string, loaded: Loaded, limitBytes: number): Compaction => {
  let { writer, generation, snapshotBytes } = loaded;
  let snapshotting: Promise<void> | undefined;
  let stopped = false;
  const snapshot = async (): Promise<void> => {
    const of = generation;
    const file = join(directory, names.snapshot(of));
    const length = await writeSnapshot(file, loaded.state, () => stopped);
    if (length !== undefined) {
      snapshotBytes = length;
      await removeOutdated(directory, of);
    }
  };
  const rotate = async (): Promise<void> => {
    const next = await openJournal(join(directory, names.journal(generation + 1)), 0);
    await syncDirectory(directory);
    await writer.close();
    writer = next;
    generation += 1;
    // A snapshot that fails (a full disk) costs nothing but the space of the older files.
    snapshotting = snapshot()
      .catch(() => rm(join(directory, `${names.snapshot(generation)}.new`), { force: true }))
      .finally(() => {
        snapshotting = undefined;
      });
  };
  return {
    writer: () => writer,
    consider: async () => {
      const due = writer.length() > Math.max(limitBytes, snapshotBytes);
      if (due && snapshotting === undefined && writer.healthy()) await rotate();
    },
    close: async () => {
      stopped = true;
      await snapshotting;
      await writer.close();
    },
  };
};

/**
 * Opens the index in a directory: last snapshot, then the journals since. The snapshot is written
 * while writes go on to the next journal. `limitBytes` is the length a journal must have before it
 * is worth compacting; it must also be longer than the last snapshot.
 * Throws when a file is damaged in a place that had been durable.
 */
export const openBucketIndex = async (
  directory: string,
  limitBytes: number = minJournalBytes,
): Promise<BucketIndex> => {
  const loaded = await load(directory);
  const compaction = createCompaction(directory, loaded, limitBytes);
  return {
    state: loaded.state,
    healthy: () => compaction.writer().healthy(),
    write: async (changes) => {
      // A rotation that fails leaves the present journal in use, and is tried again at the next write.
      await compaction.consider().catch(() => undefined);
      await compaction.writer().append(encodeRecord(changes));
      return changes.flatMap((change) => [...applyChange(loaded.state, change)]);
    },
    close: compaction.close,
  };
};
