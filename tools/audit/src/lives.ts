/**
 * Which segments of a store are the log's. After a restore the store also has those of the life that was given up;
 * each of the log's own names the chain hash of the one before, so the newest one tells all.
 */
import type { Piece } from './log-files.ts';

type Named = { readonly first: number; readonly last: number; readonly hash: string };
type Looked = Named & {
  readonly piece: Piece;
  readonly previousHash: string;
  readonly signedAt: string;
};

const namedIn = (name: string): Named => {
  const [, first, last, hash = ''] =
    /(\d{15})-(\d{15})-([0-9a-f]{16})\.ndjson\.zst$/.exec(name) ?? [];
  return { first: Number(first), last: Number(last), hash };
};

/** How a segment begins, and when its last checkpoint was signed, as far as it can be read. */
async function look(piece: Piece): Promise<Looked> {
  let [previousHash, signedAt] = ['', ''];
  try {
    for await (const line of piece.lines()) {
      if (line.kind === 'log') previousHash = line.previousHash;
      if (line.kind === 'checkpoint') signedAt = line.at;
    }
  } catch {
    // The walk names what cannot be read.
  }
  return { ...namedIn(piece.name), piece, previousHash, signedAt };
}

/** The segments, in order, that lead to the one that was signed last; `givenUp` are the others. */
export async function ownSegments(
  pieces: readonly Piece[],
): Promise<{ readonly own: readonly Piece[]; readonly givenUp: readonly Piece[] }> {
  const names = pieces.map(({ name }) => namedIn(name));
  const overlap = names.some(({ first }, at) => first <= (names[at - 1]?.last ?? 0));
  if (!overlap) return { own: pieces, givenUp: [] };
  const looked: Looked[] = [];
  for (const piece of pieces) looked.push(await look(piece));
  let [newest] = looked.toSorted((a, b) => (a.signedAt < b.signedAt ? 1 : -1));
  const own: Looked[] = [];
  for (let next = newest; next !== undefined; next = before(looked, next)) {
    own.unshift(next);
    newest = next;
  }
  // Behind a hole nothing tells which is which: the walk shall see them all.
  const unknown = looked.filter(({ last }) => last < (newest?.first ?? 0));
  const all = [...unknown, ...own].map(({ piece }) => piece);
  return { own: all, givenUp: pieces.filter((piece) => !all.includes(piece)) };
}

const before = (all: readonly Looked[], next: Looked): Looked | undefined =>
  all.find(({ last, hash }) => last === next.first - 1 && next.previousHash.startsWith(hash));
