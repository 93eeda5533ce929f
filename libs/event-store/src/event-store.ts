/** Appending to and reading from the one event log, inside the caller's own transaction. */
import { upcast, withSchemaVersions } from '@firesteel/contracts/upcasting';
import type { EntityManager } from '@mikro-orm/postgresql';

/** A fact as a decider gives it: JSON-safe data, times already inside. */
export type AnyFact = { readonly type: string; readonly data: object };

/** Who caused an append and how to trace it. */
export type AppendMeta = {
  readonly traceparent?: string;
  readonly principal?: string;
  readonly requestId?: string;
  readonly causedBy?: number;
  /** Written by `append` itself; see `upcasting.ts` of the contracts. */
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

const uniqueViolation = '23505';
const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

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
  try {
    await tx.execute('select log.append(?, ?, ?::json, ?::json)', [
      stream,
      expectedVersion,
      JSON.stringify(facts),
      JSON.stringify(
        withSchemaVersions(
          meta,
          facts.map(({ type }) => type),
        ),
      ),
    ]);
    return expectedVersion + facts.length;
  } catch (error) {
    if (codeOf(error) === uniqueViolation) throw new VersionConflict(stream, error);
    throw error;
  }
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
