import type { OrderedKey } from './ordered-key.ts';

/** One key of an index with what is stored under it. */
export type IndexEntry<V> = { readonly key: OrderedKey; readonly value: V };

/** A map whose keys are kept in ascending order; every operation is O(log n) plus a short splice. */
export type SortedIndex<V> = {
  /** How many keys there are. */
  readonly size: () => number;
  readonly get: (key: OrderedKey) => V | undefined;
  /** Stores a value and gives back what it replaced. */
  readonly set: (key: OrderedKey, value: V) => V | undefined;
  /** Removes a key and gives back what was there. */
  readonly delete: (key: OrderedKey) => V | undefined;
  /** The entries at or after `key`, ascending. The index must not change while this is read. */
  readonly from: (key: OrderedKey) => Generator<IndexEntry<V>>;
};

type Block<V> = { keys: OrderedKey[]; values: V[] };
type Place<V> = { blockAt: number; block: Block<V>; at: number; found: boolean };

const maxBlockLength = 512;

/** The first position in `keys` whose key is not smaller than `key`. */
const lowerBound = (keys: readonly OrderedKey[], key: OrderedKey): number => {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** The last block whose first key is not greater than `key`, or the first block. */
const blockFor = <V>(blocks: readonly Block<V>[], key: OrderedKey): number => {
  let low = 0;
  let high = blocks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((blocks[middle]?.keys[0] ?? '') <= key) low = middle;
    else high = middle - 1;
  }
  return low;
};

const find = <V>(blocks: readonly Block<V>[], key: OrderedKey): Place<V> => {
  const blockAt = blockFor(blocks, key);
  const block = blocks[blockAt] ?? { keys: [], values: [] };
  const at = lowerBound(block.keys, key);
  return { blockAt, block, at, found: block.keys[at] === key };
};

const split = <V>(blocks: Block<V>[], at: number, block: Block<V>): void => {
  const half = block.keys.length >>> 1;
  const right = { keys: block.keys.splice(half), values: block.values.splice(half) };
  blocks.splice(at + 1, 0, right);
};

/**
 * An empty index. Keys live in short sorted blocks, so that an insertion moves a few hundred
 * pointers and not the whole list, and a value costs two array slots and no tree node.
 */
export const createSortedIndex = <V>(): SortedIndex<V> => {
  const blocks: Block<V>[] = [{ keys: [], values: [] }];
  let count = 0;
  return {
    size: () => count,
    get: (key) => {
      const { block, at, found } = find(blocks, key);
      return found ? block.values[at] : undefined;
    },
    set: (key, value) => {
      const { blockAt, block, at, found } = find(blocks, key);
      if (found) {
        const previous = block.values[at];
        block.values[at] = value;
        return previous;
      }
      block.keys.splice(at, 0, key);
      block.values.splice(at, 0, value);
      count += 1;
      if (block.keys.length > maxBlockLength) split(blocks, blockAt, block);
      return undefined;
    },
    delete: (key) => {
      const { blockAt, block, at, found } = find(blocks, key);
      if (!found) return undefined;
      const [removed] = block.values.splice(at, 1);
      block.keys.splice(at, 1);
      count -= 1;
      if (block.keys.length === 0 && blocks.length > 1) blocks.splice(blockAt, 1);
      return removed;
    },
    from: function* (key) {
      const start = find(blocks, key);
      for (let blockAt = start.blockAt; blockAt < blocks.length; blockAt += 1) {
        const { keys, values } = blocks[blockAt] ?? { keys: [], values: [] };
        for (let at = blockAt === start.blockAt ? start.at : 0; at < keys.length; at += 1) {
          yield { key: keys[at] as OrderedKey, value: values[at] as V };
        }
      }
    },
  };
};
