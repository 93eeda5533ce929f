/**
 * The Merkle tree of RFC 6962 (the same in RFC 9162) over SHA-256: one root says which leaves there are,
 * and a path of at most log2(n) hashes shows that a leaf is among them without showing the others.
 */
import { hash } from 'node:crypto';

const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer');
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
 * The path from one leaf to the root.
 * @throws RangeError when there is no such leaf
 */
export function inclusionProof(leaves: readonly Buffer[], index: number): Buffer[] {
  if (!(index >= 0 && index < leaves.length)) throw new RangeError(`no leaf ${index}`);
  const path: Buffer[] = [];
  let level = leaves;
  for (let at = index; level.length > 1; at = Math.floor(at / 2)) {
    const neighbour = level[at ^ 1];
    if (neighbour) path.push(neighbour);
    level = levelAbove(level);
  }
  return path;
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
