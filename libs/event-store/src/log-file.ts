/**
 * A piece of the log as text: one JSON document a line. Exports, proofs and segments are all of it, so one
 * verifier reads them all. Its format is a promise to programs that nobody here wrote: `tools/audit/EXPORT.md`.
 */
import { z } from 'zod';
import type { ChainedEvent } from './chain.ts';
import type { SignedCheckpoint } from './checkpoint.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const seq = z.number().int().min(1);

/** The first line: which part of the log this is. */
const header = z.object({
  kind: z.literal('log'),
  format: z.literal(1),
  /** The first event that it may hold. */
  first: seq,
  /** The chain hash of the event before `first`; 64 zeros when that is the first of all. */
  previousHash: sha256,
  /** Null: every event from the first to the last line. Else only those that are named, each with its proof. */
  selection: z.string().nullable(),
});

/** A signed checkpoint; in front of the events that are proven by it, or right behind its last event. */
const checkpoint = z.object({
  kind: z.literal('checkpoint'),
  first: seq,
  seq,
  chainHash: sha256,
  merkleRoot: sha256,
  previous: sha256,
  at: z.string(),
  incarnation: z.string(),
  keyId: z.string(),
  signature: z.string(),
});

/** An event; `data` and `meta` are the exact texts that were hashed. */
const event = z.object({
  kind: z.literal('event'),
  globalSeq: seq,
  stream: z.string(),
  version: z.number().int().min(1),
  eventId: z.string(),
  type: z.string(),
  recordedAt: z.string(),
  data: z.string(),
  meta: z.string(),
  /** The event's chain hash as the ledger recorded it. */
  hash: sha256,
  /** The path to the Merkle root of the checkpoint whose `seq` is named; only in a selection. */
  proof: z.object({ checkpoint: seq, path: z.array(sha256) }).optional(),
});

/** The last line of a segment: what all of its lines come to, so that a cut one shows. */
const segment = z.object({
  kind: z.literal('segment'),
  first: seq,
  last: seq,
  /** RFC 6962 over the events `first` to `last`. */
  merkleRoot: sha256,
  /** The chain hash of the event before `first`, and of event `last`. */
  previousHash: sha256,
  chainHash: sha256,
});

const line = z.discriminatedUnion('kind', [header, checkpoint, event, segment]);

export type LogHeader = z.infer<typeof header>;
export type LogCheckpoint = z.infer<typeof checkpoint>;
export type LogEvent = z.infer<typeof event>;
export type LogSegment = z.infer<typeof segment>;
export type LogLine = z.infer<typeof line>;

/**
 * Reads a line.
 * @throws Error with one sentence when it is none
 */
export function parseLine(text: string): LogLine {
  const parsed = line.safeParse(json(text));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join('.') || 'all of it').join(', ');
  throw new Error(`not a line of a log: ${where} is not as it must be: ${text.slice(0, 200)}`);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A line's text, its line end included. */
export const lineText = (one: LogLine): string => `${JSON.stringify(one)}\n`;

/** The line of a checkpoint. */
export const checkpointLine = (signed: SignedCheckpoint): LogCheckpoint => ({
  kind: 'checkpoint',
  ...signed,
});

/** The line of an event; `hash` is its chain hash. */
export const eventLine = (
  one: ChainedEvent,
  hash: string,
  proof?: LogEvent['proof'],
): LogEvent => ({
  kind: 'event',
  globalSeq: one.globalSeq,
  stream: one.stream,
  version: one.version,
  eventId: one.eventId,
  type: one.type,
  recordedAt: one.recordedAt,
  data: one.data,
  meta: one.meta,
  hash,
  ...(proof === undefined ? {} : { proof }),
});
