/** Verifies pieces of the log without any database: exports, segments, one customer's proofs. */
import { eventBytes, genesis } from '@firesteel/event-store/chain';
import type { SignedCheckpoint } from '@firesteel/event-store/checkpoint';
import { isGenuine } from '@firesteel/event-store/checkpoint';
import type { LogEvent, LogHeader, LogLine } from '@firesteel/event-store/log-file';
import { leafHash, rootFromProof } from '@firesteel/event-store/merkle';
import type { SegmentStore } from '@firesteel/event-store/segment-store';
import { type Evidence, untold, untoldWithoutKey } from './evidence.ts';
import { filePiece, type Piece, readHeader, segmentPiece } from './log-files.ts';
import { LogWalk } from './log-walk.ts';
import { walkPieces } from './piece-walk.ts';
import { earliest, type Problem } from './problem.ts';

export type FileVerification = {
  /** Events that are what the ledger signed or, without a checkpoint, what the chain says. */
  readonly verified: number;
  /** The first and the last event that the files may hold. */
  readonly first: number;
  readonly head: string | null;
  readonly checkpoints: number;
  /** Events behind the last checkpoint: in the chain, not signed yet. */
  readonly unsigned: number;
  readonly untold: readonly string[];
  readonly problem: Problem | null;
};

async function* linesOf(pieces: readonly Piece[]): AsyncGenerator<LogLine, void> {
  for (const { lines } of pieces) yield* lines();
}

/** A checkpoint of a file that is not the ledger's. */
function forged(checkpoint: SignedCheckpoint, { publicKey }: Evidence): Problem | null {
  if (publicKey === null || isGenuine(checkpoint, publicKey)) return null;
  return {
    globalSeq: checkpoint.first,
    kind: 'checkpoint',
    detail: `the checkpoint of event ${checkpoint.seq} is not signed with the given key`,
  };
}

const signedOf = ({ kind: _, ...signed }: Extract<LogLine, { kind: 'checkpoint' }>) => signed;

/** The checkpoints in files, which the events must pass: read first, they are few. */
async function readFileCheckpoints(pieces: readonly Piece[]): Promise<SignedCheckpoint[]> {
  const bySeq = new Map<number, SignedCheckpoint>();
  try {
    for await (const line of linesOf(pieces))
      if (line.kind === 'checkpoint') bySeq.set(line.seq, signedOf(line));
  } catch {
    // What cannot be read is a finding, and it is the walk that names its place.
  }
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** Whole ranges: the chain from the first line to the last, past every checkpoint. */
async function verifyRange(
  pieces: readonly Piece[],
  header: Pick<LogHeader, 'first' | 'previousHash'>,
  evidence: Evidence,
): Promise<FileVerification> {
  const inFiles = await readFileCheckpoints(pieces);
  const all = new Map([...inFiles, ...(evidence.checkpoints ?? [])].map((one) => [one.seq, one]));
  const own = [...all.values()]
    .filter(({ seq }) => seq >= header.first)
    .sort((a, b) => a.seq - b.seq);
  const bad = own.map((one) => forged(one, evidence)).find((problem) => problem !== null) ?? null;
  const sound = bad === null ? own : own.filter((one) => one.first < bad.globalSeq);
  const from = { seq: header.first - 1, hash: Buffer.from(header.previousHash, 'hex') };
  const walk = new LogWalk(evidence, sound, from);
  const problem = (await walkPieces(pieces, walk)) ?? walk.end();
  const signed = sound[walk.passed - 1]?.seq ?? header.first - 1;
  return {
    verified: walk.verified - from.seq,
    first: header.first,
    head: walk.hash.toString('hex'),
    checkpoints: walk.passed,
    unsigned: walk.verified - signed,
    untold: untold(evidence),
    problem: earliest(problem, bad),
  };
}

/** Why a proof does not hold, or undefined. */
function proofFault(
  event: LogEvent,
  checkpoints: ReadonlyMap<number, SignedCheckpoint>,
): string | undefined {
  if (event.proof === undefined) return 'it has no proof';
  const checkpoint = checkpoints.get(event.proof.checkpoint);
  if (checkpoint === undefined) return `the checkpoint of ${event.proof.checkpoint} is missing`;
  const root = rootFromProof(
    leafHash(eventBytes(event)),
    event.globalSeq - checkpoint.first,
    checkpoint.seq - checkpoint.first + 1,
    event.proof.path.map((node) => Buffer.from(node, 'hex')),
  );
  return root?.toString('hex') === checkpoint.merkleRoot
    ? undefined
    : `it is not in the tree that the checkpoint of ${checkpoint.seq} signs`;
}

/** Some events, each with its proof; versions of each stream must be whole from the first that is there. */
async function verifySelection(
  pieces: readonly Piece[],
  header: LogHeader,
  evidence: Evidence,
): Promise<FileVerification> {
  const checkpoints = new Map<number, SignedCheckpoint>();
  const versions = new Map<string, number>();
  let verified = 0;
  let problem: Problem | null = null;
  for await (const line of linesOf(pieces)) {
    if (line.kind === 'checkpoint') {
      problem = forged(signedOf(line), evidence);
      checkpoints.set(line.seq, signedOf(line));
    } else if (line.kind === 'event') {
      problem = selectedProblem(line, versions, checkpoints);
      if (problem === null) verified += 1;
    }
    if (problem !== null) break;
  }
  return {
    verified,
    first: header.first,
    head: null,
    checkpoints: checkpoints.size,
    unsigned: 0,
    untold: [
      'Whether events were left out of this selection cannot be told, only that these are in the log.',
      ...untoldWithoutKey(evidence),
    ],
    problem,
  };
}

function selectedProblem(
  event: LogEvent,
  versions: Map<string, number>,
  checkpoints: ReadonlyMap<number, SignedCheckpoint>,
): Problem | null {
  const { globalSeq, stream, version } = event;
  const fault = proofFault(event, checkpoints);
  if (fault !== undefined) return { globalSeq, kind: 'changed bytes', detail: fault };
  const before = versions.get(stream);
  versions.set(stream, version);
  if (before === undefined || version === before + 1) return null;
  return {
    globalSeq,
    kind: 'missing',
    detail: `${stream} goes on with version ${version} after ${before}`,
  };
}

/** Verifies files that follow each other, or selections. */
export async function verifyFiles(
  paths: readonly string[],
  evidence: Evidence,
): Promise<FileVerification> {
  const headers = await Promise.all(
    paths.map(filePiece).map(async (piece) => ({ piece, header: await readHeader(piece) })),
  );
  headers.sort((a, b) => a.header.first - b.header.first);
  const [start] = headers;
  if (start === undefined) throw new Error('There is no file to verify.');
  const sorted = headers.map(({ piece }) => piece);
  return start.header.selection === null
    ? verifyRange(sorted, start.header, evidence)
    : verifySelection(sorted, start.header, evidence);
}

const fromTheFirst = { first: 1, previousHash: genesis.toString('hex') };

/**
 * Verifies the segments of a store, from the first event of all, and nothing else.
 * @throws Error when there is none, or the store cannot be listed
 */
export async function verifySegments(
  store: SegmentStore,
  evidence: Evidence,
): Promise<FileVerification> {
  const names = await store.list();
  if (names.length === 0) throw new Error('There is no segment to verify.');
  const pieces = names.map((name) => segmentPiece(store, name));
  return verifyRange(pieces, fromTheFirst, evidence);
}
