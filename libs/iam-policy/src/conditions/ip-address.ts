/**
 * IP address operators: addresses and CIDR ranges of both versions; without a prefix one address is meant
 * (reference_policies_elements_condition_operators, IP address). An IPv4 address in IPv6's clothes
 * (`::ffff:203.0.113.7`, as servers that listen on both versions see it) is the IPv4 address.
 */
import { type Operator, type Operators, readAll, withNegation } from './operator.ts';

/** One word of 32 bits, or four. */
type Words = readonly number[];

const dotted = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** No leading zeros: some read them as octal. */
const readByte = (text: string | undefined): number =>
  text === undefined || (text.length > 1 && text.startsWith('0')) ? 256 : Number(text);

function readV4(text: string): Words | null {
  const bytes = dotted.exec(text);
  if (bytes === null) return null;
  let word = 0;
  for (let index = 1; index <= 4; index += 1) {
    const byte = readByte(bytes[index]);
    if (byte > 255) return null;
    word = word * 256 + byte;
  }
  return [word];
}

/** Groups of 16 bits on one side of `::`; an IPv4 address at the end is two. */
function readGroups(text: string): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const v4 = readV4(parts.at(-1) ?? '');
  const hexadecimal = v4 === null ? parts : parts.slice(0, -1);
  if (!hexadecimal.every((group) => /^[\da-f]{1,4}$/i.test(group))) return null;
  const groups = hexadecimal.map((group) => Number.parseInt(group, 16));
  const [word = 0] = v4 ?? [];
  return v4 === null ? groups : [...groups, Math.floor(word / 65_536), word % 65_536];
}

/** Eight groups, with zeros in the place of `::`. */
function spread(text: string): number[] | null {
  const [head = '', tail, ...more] = text.split('::');
  const before = readGroups(head);
  const after = readGroups(tail ?? '');
  if (before === null || after === null || more.length > 0) return null;
  const missing = 8 - before.length - after.length;
  const fits = tail === undefined ? missing === 0 : missing > 0;
  // An IPv4 address stands at the very end.
  if (!fits || (tail !== undefined && head.includes('.'))) return null;
  return [...before, ...Array<number>(missing).fill(0), ...after];
}

function readV6(text: string): Words | null {
  const groups = spread(text);
  return (
    groups && [0, 2, 4, 6].map((index) => (groups[index] ?? 0) * 65_536 + (groups[index + 1] ?? 0))
  );
}

const isMapped = ([first, second, third]: Words): boolean =>
  first === 0 && second === 0 && third === 0xffff;

const readAddress = (text: string): Words | null => {
  if (!text.includes(':')) return readV4(text);
  const words = readV6(text);
  return words && (isMapped(words) ? words.slice(3) : words);
};

/** The bits of a word that count when `prefix` bits of the whole address do. */
const maskOf = (prefix: number, word: number): number => {
  const bits = Math.min(Math.max(prefix - 32 * word, 0), 32);
  return bits === 0 ? 0 : -1 << (32 - bits);
};

type Range = { readonly masked: Words; readonly masks: Words };

const rangeOf = (words: Words, prefix: number): Range | null => {
  if (prefix > 32 * words.length) return null;
  const masks = words.map((_, index) => maskOf(prefix, index));
  return { masks, masked: words.map((word, index) => word & (masks[index] ?? 0)) };
};

/** An address or a range of them, null for what is neither. */
function readRange(text: string): Range | null {
  const [address = '', prefix, ...more] = text.split('/');
  if (more.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return null;
  const words = address.includes(':') ? readV6(address) : readV4(address);
  if (words === null) return null;
  const bits = prefix === undefined ? 32 * words.length : Number(prefix);
  return words.length === 4 && isMapped(words) && bits >= 96
    ? rangeOf(words.slice(3), bits - 96)
    : rangeOf(words, bits);
}

const contains = ({ masked, masks }: Range, words: Words): boolean =>
  words.length === masked.length &&
  words.every((word, index) => (word & (masks[index] ?? 0)) === masked[index]);

const compileRanges: Operator['compile'] = (values) => {
  const ranges = readAll(values, readRange);
  return (
    ranges &&
    ((value) => {
      const words = readAddress(value);
      return words !== null && ranges.some((range) => contains(range, words));
    })
  );
};

export const ipAddressOperators: Operators = withNegation(
  'IpAddress',
  'NotIpAddress',
  compileRanges,
);
