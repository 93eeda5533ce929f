import fc from 'fast-check';
import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  compositeChecksum,
  createDigester,
  fullObjectChecksum,
} from './checksums.ts';

const digest = (algorithm: ChecksumAlgorithm, bytes: Uint8Array): Buffer => {
  const digester = createDigester(algorithm);
  digester.update(Buffer.from(bytes));
  return digester.digest();
};

describe('createDigester', () => {
  // The check values of the catalogue of parametrised CRC algorithms, for the text 123456789.
  it.each([
    ['crc32', 'cbf43926'],
    ['crc32c', 'e3069283'],
    ['crc64nvme', 'ae8b14860a799888'],
  ] as const)('computes %s', (algorithm, expected) => {
    expect(digest(algorithm, Buffer.from('123456789')).toString('hex')).toBe(expected);
  });
});

describe('fullObjectChecksum', () => {
  it('equals the checksum of the concatenated parts', () => {
    const crcs = fc.constantFrom(...checksumAlgorithms.slice(0, 3));
    const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(crcs, parts, (algorithm, all) => {
        const checksums = all.map((part) => ({
          value: digest(algorithm, part).toString('base64'),
          size: part.length,
        }));
        expect(fullObjectChecksum(algorithm, checksums)?.value).toBe(
          digest(algorithm, Buffer.concat(all)).toString('base64'),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('cannot be had for hashes', () => {
    expect(fullObjectChecksum('sha256', [])).toBeUndefined();
  });
});

describe('compositeChecksum', () => {
  it('hashes the checksums and counts them', () => {
    const part = { value: digest('sha256', Buffer.from('a')).toString('base64'), size: 1 };
    expect(compositeChecksum('sha256', [part, part]).value).toMatch(/^[A-Za-z0-9+/]{43}=-2$/);
  });
});
