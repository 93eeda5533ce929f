import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A running checksum; `digest` gives it in base64, as S3 writes checksums. */
export type Checksum = { update(bytes: Uint8Array): void; digest(): string };

const bytesOf = (...words: number[]): string => {
  const bytes = Buffer.alloc(4 * words.length);
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word >>> 0, 4 * index);
  return bytes.toString('base64');
};

function hashing(algorithm: 'sha1' | 'sha256' | 'md5'): Checksum {
  const hash = createHash(algorithm);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('base64') };
}

function crc32Checksum(): Checksum {
  let value = 0;
  return {
    update: (bytes) => {
      value = crc32(bytes, value);
    },
    digest: () => bytesOf(value),
  };
}

/** The reflected Castagnoli polynomial (RFC 3720). */
const CASTAGNOLI = 0x82f63b78;

const castagnoliTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? CASTAGNOLI : 0);
  return value >>> 0;
});

function crc32cChecksum(): Checksum {
  let value = 0xffffffff;
  return {
    update: (bytes) => {
      let running = value;
      for (const byte of bytes) {
        running = (castagnoliTable[(running ^ byte) & 0xff] as number) ^ (running >>> 8);
      }
      value = running;
    },
    digest: () => bytesOf(~value),
  };
}

/** The reflected NVM Express polynomial in two 32-bit halves: a BigInt a byte would be too slow. */
const NVME_HIGH = 0x9a6c9329;
const NVME_LOW = 0xac4bc9b5;

const nvmeTables = (() => {
  const high = new Uint32Array(256);
  const low = new Uint32Array(256);
  for (let index = 0; index < 256; index += 1) {
    let [upper, lower] = [0, index];
    for (let bit = 0; bit < 8; bit += 1) {
      const odd = lower & 1;
      lower = ((lower >>> 1) | (upper << 31)) ^ (odd ? NVME_LOW : 0);
      upper = (upper >>> 1) ^ (odd ? NVME_HIGH : 0);
    }
    high[index] = upper;
    low[index] = lower;
  }
  return { high, low };
})();

function crc64nvmeChecksum(): Checksum {
  let [upper, lower] = [0xffffffff, 0xffffffff];
  return {
    update: (bytes) => {
      for (const byte of bytes) {
        const index = (lower ^ byte) & 0xff;
        lower = ((lower >>> 8) | (upper << 24)) ^ (nvmeTables.low[index] as number);
        upper = (upper >>> 8) ^ (nvmeTables.high[index] as number);
      }
    },
    digest: () => bytesOf(~upper, ~lower),
  };
}

const CHECKSUMS: Record<string, () => Checksum> = {
  'x-amz-checksum-crc32': crc32Checksum,
  'x-amz-checksum-crc32c': crc32cChecksum,
  'x-amz-checksum-crc64nvme': crc64nvmeChecksum,
  'x-amz-checksum-sha1': () => hashing('sha1'),
  'x-amz-checksum-sha256': () => hashing('sha256'),
  'content-md5': () => hashing('md5'),
};

/** Starts the checksum that a header or trailer of that name declares; undefined when it is none. */
export const startChecksum = (headerName: string): Checksum | undefined =>
  Object.hasOwn(CHECKSUMS, headerName) ? CHECKSUMS[headerName]?.() : undefined;
