import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The checksum algorithms of S3 that this store computes, in their header spelling. */
export const checksumAlgorithms = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** A checksum of an object: base64, with `-<parts>` behind it when it is a checksum of checksums. */
export type Checksum = {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
};

/** Takes in bytes and gives the checksum's bytes, big-endian for the CRCs. */
export type Digester = {
  readonly update: (bytes: Buffer) => void;
  readonly digest: () => Buffer;
};

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

const crc32Digester = (): Digester => {
  let crc = 0;
  return {
    update: (bytes) => {
      crc = crc32(bytes, crc);
    },
    digest: () => uint32(crc),
  };
};

/** Polynomials in reflected form, as the CRC catalogues give them. */
const polynomials = {
  crc32: { width: 32n, reflected: 0xedb88320n },
  crc32c: { width: 32n, reflected: 0x82f63b78n },
  crc64nvme: { width: 64n, reflected: 0x9a6c9329ac4bc9b5n },
} as const;
type Crc = keyof typeof polynomials;

const tableEntry = (index: number, reflected: bigint): bigint => {
  let value = BigInt(index);
  for (let bit = 0; bit < 8; bit += 1)
    value = (value & 1n) === 1n ? (value >> 1n) ^ reflected : value >> 1n;
  return value;
};

type Tables = { readonly low: Uint32Array; readonly high: Uint32Array };

const tablesFor = (reflected: bigint): Tables => {
  const low = new Uint32Array(256);
  const high = new Uint32Array(256);
  for (let index = 0; index < 256; index += 1) {
    const value = tableEntry(index, reflected);
    low[index] = Number(value & 0xffffffffn);
    high[index] = Number(value >> 32n);
  }
  return { low, high };
};

const builtTables = new Map<Crc, Tables>();

/** Tables are built when first asked for: most stores never see a CRC64. */
const tablesOf = (crc: Crc): Tables => {
  const tables = builtTables.get(crc) ?? tablesFor(polynomials[crc].reflected);
  builtTables.set(crc, tables);
  return tables;
};

const crc32cDigester = (): Digester => {
  const { low } = tablesOf('crc32c');
  let crc = -1;
  return {
    update: (bytes) => {
      let current = crc;
      for (let at = 0; at < bytes.length; at += 1) {
        current = (current >>> 8) ^ (low[(current ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
      }
      crc = current;
    },
    digest: () => uint32(~crc),
  };
};

/** The 64-bit state is kept in two 32-bit halves: BigInt arithmetic would cost a factor of fifty. */
const crc64Digester = (): Digester => {
  const tables = tablesOf('crc64nvme');
  let low = -1;
  let high = -1;
  return {
    update: (bytes) => {
      for (let at = 0; at < bytes.length; at += 1) {
        const index = (low ^ (bytes[at] ?? 0)) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ (tables.low[index] ?? 0);
        high = (high >>> 8) ^ (tables.high[index] ?? 0);
      }
    },
    digest: () => Buffer.concat([uint32(~high), uint32(~low)]),
  };
};

const hashDigester = (name: 'sha1' | 'sha256' | 'md5'): Digester => {
  const hash = createHash(name);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
};

/** A digester for a checksum algorithm or for MD5. */
export const createDigester = (algorithm: ChecksumAlgorithm | 'md5'): Digester => {
  if (algorithm === 'crc32') return crc32Digester();
  if (algorithm === 'crc32c') return crc32cDigester();
  if (algorithm === 'crc64nvme') return crc64Digester();
  return hashDigester(algorithm);
};

/** The length of a checksum in bytes. */
export const checksumLength = (algorithm: ChecksumAlgorithm): number =>
  ({ crc32: 4, crc32c: 4, crc64nvme: 8, sha1: 20, sha256: 32 })[algorithm];

/** Reads an algorithm in any letter case (`CRC32C`, `crc32c`); undefined when it is none of ours. */
export const toChecksumAlgorithm = (name: string): ChecksumAlgorithm | undefined =>
  checksumAlgorithms.find((algorithm) => algorithm === name.trim().toLowerCase());

/** Product of two polynomials modulo the CRC's, all in reflected form. */
const multiply = (left: bigint, right: bigint, crc: Crc): bigint => {
  const { width, reflected } = polynomials[crc];
  let product = 0n;
  let factor = right;
  for (let mask = 1n << (width - 1n); mask > 0n; mask >>= 1n) {
    if ((left & mask) !== 0n) product ^= factor;
    factor = (factor & 1n) === 1n ? (factor >> 1n) ^ reflected : factor >> 1n;
  }
  return product;
};

/** x^(8·bytes) modulo the CRC's polynomial, by repeated squaring. */
const shiftBy = (bytes: number, crc: Crc): bigint => {
  const { width } = polynomials[crc];
  let power = 1n << (width - 1n);
  let square = 1n << (width - 9n);
  for (let rest = BigInt(bytes); rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) power = multiply(power, square, crc);
    square = multiply(square, square, crc);
  }
  return power;
};

/** One part's checksum in base64 and the part's length in bytes. */
export type PartChecksum = { readonly value: string; readonly size: number };

const toNumber = (base64: string): bigint =>
  BigInt(`0x${Buffer.from(base64, 'base64').toString('hex')}`);

const isCrc = (algorithm: ChecksumAlgorithm): algorithm is Crc => algorithm in polynomials;

/**
 * The CRC of the concatenated parts, from the CRCs of the parts alone. Undefined for SHA-1 and SHA-256,
 * which cannot be combined. Source: "Full object and composite checksums", Amazon S3 user guide.
 */
export const fullObjectChecksum = (
  algorithm: ChecksumAlgorithm,
  parts: readonly PartChecksum[],
): Checksum | undefined => {
  if (!isCrc(algorithm)) return undefined;
  const combined = parts.reduce(
    (sum, part) => multiply(sum, shiftBy(part.size, algorithm), algorithm) ^ toNumber(part.value),
    0n,
  );
  const hex = combined.toString(16).padStart(checksumLength(algorithm) * 2, '0');
  return { algorithm, value: Buffer.from(hex, 'hex').toString('base64'), type: 'FULL_OBJECT' };
};

/** The checksum of the concatenated checksums of the parts, with their number behind it. */
export const compositeChecksum = (
  algorithm: ChecksumAlgorithm,
  parts: readonly PartChecksum[],
): Checksum => {
  const digester = createDigester(algorithm);
  for (const part of parts) digester.update(Buffer.from(part.value, 'base64'));
  const value = `${digester.digest().toString('base64')}-${parts.length}`;
  return { algorithm, value, type: 'COMPOSITE' };
};
