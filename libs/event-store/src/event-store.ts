/** Appending to and reading from the one event log, inside the caller's own transaction. */
import { upcast, withSchemaVersions } from '@firesteel/contracts/upcasting';
import type { EntityManager } from '@mikro-orm/postgresql';
import { executeBound } from './bound.ts';

/** A fact as a decider gives it: JSON-safe data, times already inside. */
export type AnyFact = { readonly type: string; readonly data: object };

/** Who caused an append and how to trace it. */
export type AppendMeta = {
  readonly traceparent?: string;
  readonly principal?: string;
  readonly requestId?: string;
  readonly causedBy?: number;
  /** Written by `placed`; see `upcasting.ts` of the contracts. */
  readonly schemaVersions?: Readonly<Record<string, number>>;
};

/** Somebody else appended to the stream first; decide again on the newer state. */
export class VersionConflict extends Error {
  readonly stream: string;

  constructor(stream: string, cause: unknown) {
    super(`stream ${stream} moved while deciding`, { cause });
    this.name = 'VersionConflict';
    this.stream = stream;
  }
}

/** A fact on its way to its place in a stream. */
export type PlacedFact = AnyFact & {
  readonly stream: string;
  readonly version: number;
  readonly meta: AppendMeta;
};

/** Where facts come to stand that follow version `expectedVersion` of a stream. */
export const placed = (
  stream: string,
  expectedVersion: number,
  facts: readonly AnyFact[],
  meta: AppendMeta,
): readonly PlacedFact[] =>
  facts.map(({ type, data }, index) => ({
    stream,
    version: expectedVersion + index + 1,
    type,
    data,
    meta: withSchemaVersions(meta, [type]),
  }));

/** In the order of `log.append_events`. */
const columns = ['stream', 'version', 'type', 'data', 'meta'] as const;

const uniqueViolation = '23505';

/** PostgreSQL's SQLSTATE, where an error has one. */
export const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

/**
 * Appends facts to one or more streams, all of them or none.
 * @param lockTimeoutMs how long the rest of the transaction waits for others' locks; without it, as long as it takes
 * @throws VersionConflict when one of the streams is not where its facts begin; the transaction is then lost
 */
export async function appendPlaced(
  tx: EntityManager,
  facts: readonly PlacedFact[],
  lockTimeoutMs: number | null = null,
): Promise<void> {
  try {
    await executeBound(tx, 'select log.append_events($1, $2, $3, $4, $5, $6)', [
      ...columns.map((column) => JSON.stringify(facts.map((fact) => fact[column]))),
      lockTimeoutMs,
    ]);
  } catch (error) {
    if (codeOf(error) === uniqueViolation)
      throw new VersionConflict([...new Set(facts.map(({ stream }) => stream))].join(', '), error);
    throw error;
  }
}

/**
 * Appends facts after `expectedVersion` (0: the stream must be new) and answers the new version.
 * @throws VersionConflict when the stream is not at that version; the transaction is then lost
 */
export async function append(
  tx: EntityManager,
  stream: string,
  expectedVersion: number,
  facts: readonly AnyFact[],
  meta: AppendMeta = {},
): Promise<number> {
  await appendPlaced(tx, placed(stream, expectedVersion, facts, meta));
  return expectedVersion + facts.length;
}

/** An event of one's own stream as the log holds it. */
export type RecordedFact = AnyFact & {
  readonly version: number;
  readonly recordedAt: Date;
  readonly meta: AppendMeta;
};

/**
 * Reads a stream of the caller's own, oldest first, after the given version; data in today's shape.
 * @throws the driver's error when events after that version have left for segments; NewerSchema
 */
export async function readStream(
  tx: EntityManager,
  stream: string,
  afterVersion = 0,
): Promise<readonly RecordedFact[]> {
  const rows = await tx.execute<
    { version: number; type: string; recorded_at: Date; data: object; meta: AppendMeta }[]
  >('select * from log.read_stream(?, ?)', [stream, afterVersion]);
  return rows.map((row) => ({
    version: row.version,
    type: row.type,
    recordedAt: row.recorded_at,
    data: upcast(row),
    meta: row.meta,
  }));
}
