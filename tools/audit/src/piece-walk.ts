/** Walks along pieces of the log that follow each other: exports, or segments. */
import { frameOf } from '@firesteel/event-store/chain';
import type { LogHeader, LogSegment } from '@firesteel/event-store/log-file';
import { merkleRoot } from '@firesteel/event-store/merkle';
import { segmentName } from '@firesteel/event-store/segment';
import type { Piece } from './log-files.ts';
import type { LogWalk } from './log-walk.ts';
import type { Problem } from './problem.ts';

/** What is wrong with how a piece begins, or null. */
function headProblem(name: string, header: LogHeader, walk: LogWalk): Problem | null {
  const globalSeq = walk.verified + 1;
  if (header.first <= walk.verified)
    return {
      globalSeq: header.first,
      kind: 'out of order',
      detail: `${name} begins with event ${header.first} again: it is a copy, or of another life of the log`,
    };
  if (header.first === globalSeq && header.previousHash === walk.hash.toString('hex')) return null;
  return {
    globalSeq,
    kind: 'missing',
    detail: `${name}, which begins with event ${header.first}, does not follow`,
  };
}

/** What is wrong with a segment whose events are in the chain, or null. */
function endProblem(
  name: string,
  line: LogSegment,
  walk: LogWalk,
  leaves: readonly Buffer[],
): Problem | null {
  const globalSeq = walk.verified - leaves.length + 1;
  const isSo =
    line.first === globalSeq &&
    line.last === walk.verified &&
    line.chainHash === walk.hash.toString('hex') &&
    line.merkleRoot === merkleRoot(leaves).toString('hex');
  if (!isSo)
    return {
      globalSeq,
      kind: 'changed bytes',
      detail: `${name} ends with other events than it says`,
    };
  return name.endsWith(segmentName(line))
    ? null
    : {
        globalSeq,
        kind: 'out of order',
        detail: `${name} holds events that its name does not say`,
      };
}

async function walkPiece(
  { name, lines, isSegment }: Piece,
  walk: LogWalk,
): Promise<Problem | null> {
  const leaves: Buffer[] = [];
  let isWhole = !isSegment;
  for await (const line of lines()) {
    let problem: Problem | null = null;
    if (line.kind === 'log') problem = headProblem(name, line, walk);
    else if (line.kind === 'event') {
      problem = walk.take({
        globalSeq: line.globalSeq,
        hash: Buffer.from(line.hash, 'hex').toString('latin1'),
        frame: frameOf(line),
      });
      if (isSegment && problem === null) leaves.push(walk.leaf);
    } else if (line.kind === 'segment') {
      problem = endProblem(name, line, walk, leaves);
      isWhole = true;
    }
    if (problem) return problem;
  }
  if (isWhole) return null;
  const detail = `${name} is missing, or ends before its last line`;
  return { globalSeq: walk.verified + 1, kind: 'missing', detail };
}

/** Takes every event of pieces in their order; answers the first thing that is wrong. */
export async function walkPieces(pieces: readonly Piece[], walk: LogWalk): Promise<Problem | null> {
  for (const piece of pieces) {
    try {
      const problem = await walkPiece(piece, walk);
      if (problem) return problem;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return {
        globalSeq: walk.verified + 1,
        kind: 'changed bytes',
        detail: `${piece.name} cannot be read any further: ${why}`,
      };
    }
  }
  return null;
}
