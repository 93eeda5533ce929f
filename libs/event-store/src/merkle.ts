/**
 * The Merkle tree of RFC 6962 (the same in RFC 9162) over SHA-256: one root says which leaves there are,
 * and a path of at most log2(n) hashes shows that a leaf is among them without showing the others.
 */
import { sha256 } from './sha256.ts';

const nodeHash = (left: Buffer, right: Buffer): Buffer =>
  sha256(Buffer.concat([Buffer.of(1), left, right]));

/** The hash of a leaf's bytes; its prefix keeps leaves and inner nodes apart. */
export const leafHash = (bytes: Uint8Array): Buffer => sha256(Buffer.concat([Buffer.of(0), bytes]));

/** One level up: neighbours are joined, a last one without a neighbour goes up as it is. */
function levelAbove(level: readonly Buffer[]): Buffer[] {
  const above: Buffer[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const [left, right] = [level[at], level[at + 1]];
    if (left) above.push(right ? nodeHash(left, right) : left);
  }
  return above;
}

/** The root over hashes of leaves, in their order. */
export function merkleRoot(leaves: readonly Buffer[]): Buffer {
  let level = leaves;
  while (level.length > 1) level = levelAbove(level);
  return level[0] ?? sha256(Buffer.alloc(0));
}

/**
 * Every path of one tree, each from one leaf to the root, from hashes that are computed once.
 * @returns a function that throws RangeError when there is no such leaf
 */
export function inclusionProofs(leaves: readonly Buffer[]): (index: number) => Buffer[] {
  const levels = [leaves];
  for (let top = leaves; top.length > 1; ) {
    top = levelAbove(top);
    levels.push(top);
  }
  return (index) => {
    if (!(index >= 0 && index < leaves.length)) throw new RangeError(`no leaf ${index}`);
    return levels.flatMap((level, height) => level[Math.floor(index / 2 ** height) ^ 1] ?? []);
  };
}

/** The root that a path leads to, or null when it cannot be one of a tree of that size (RFC 9162 §2.1.3.2). */
export function rootFromProof(
  leaf: Buffer,
  index: number,
  size: number,
  path: readonly Buffer[],
): Buffer | null {
  if (!(index >= 0 && index < size)) return null;
  let [at, last, root] = [index, size - 1, leaf];
  for (const neighbour of path) {
    if (last === 0) return null;
    const isRight = at % 2 === 1 || at === last;
    root = isRight ? nodeHash(neighbour, root) : nodeHash(root, neighbour);
    // A last one without a neighbour went up as it was.
    while (isRight && at % 2 === 0 && at > 0) [at, last] = [at / 2, Math.floor(last / 2)];
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 ? root : null;
}
