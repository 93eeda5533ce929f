import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { startChecksum } from './checksums.ts';
import type { PayloadSeal } from './payload-seal.ts';
import { openSealed } from './sealed-body.ts';
import { deriveSigningKey } from './signing-key.ts';
import { hexSha256 } from './test/signing.ts';

type Headers = [string, string][];

async function open(seal: PayloadSeal, headers: Headers, body: Buffer, piece = 4096) {
  const pieces = Array.from({ length: Math.ceil(body.length / piece) }, (_, index) =>
    body.subarray(index * piece, (index + 1) * piece),
  );
  const opened = Readable.from(pieces).pipe(openSealed(seal, headers));
  try {
    return await buffer(opened);
  } catch (thrown) {
    return (thrown as { code?: string }).code;
  }
}

// The worked example of AWS' page on chunked uploads: 65 KiB of "a" in two chunks.
const EXAMPLE = {
  signingKey: deriveSigningKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', {
    date: '20130524',
    region: 'us-east-1',
    service: 's3',
  }).toString('base64'),
  scope: '20130524/us-east-1/s3/aws4_request',
  amzDate: '20130524T000000Z',
};
const content = Buffer.alloc(66_560, 'a');
const chunks = (signatures: string[], ending: string): Buffer =>
  Buffer.concat([
    Buffer.from(`10000;chunk-signature=${signatures[0]}\r\n`),
    content.subarray(0, 65_536),
    Buffer.from(`\r\n400;chunk-signature=${signatures[1]}\r\n`),
    content.subarray(65_536),
    Buffer.from(`\r\n0;chunk-signature=${signatures[2]}\r\n${ending}`),
  ]);
const signedSeal: PayloadSeal = {
  ...EXAMPLE,
  mode: 'chunked-signed',
  seedSignature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
};
const signedBody = chunks(
  [
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ],
  '\r\n',
);
const decodedLength: Headers = [['x-amz-decoded-content-length', '66560']];

// The worked example of AWS' page on trailing headers: the same bytes with a CRC32C.
const trailerSeal: PayloadSeal = {
  ...EXAMPLE,
  mode: 'chunked-signed-trailer',
  seedSignature: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
};
const trailerBody = chunks(
  [
    'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
    '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
    '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
  ],
  'x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n',
);
const trailerHeaders: Headers = [...decodedLength, ['x-amz-trailer', 'x-amz-checksum-crc32c']];

it.each([1, 7, 100, 65_536, 1_000_000])(
  "opens AWS' signed examples in pieces of %d",
  async (piece) => {
    expect(await open(signedSeal, decodedLength, signedBody, piece)).toEqual(content);
    expect(await open(trailerSeal, trailerHeaders, trailerBody, piece)).toEqual(content);
  },
);

it('refuses a changed, dropped or doubled chunk and a body cut short or lengthened', async () => {
  const at = (offset: number): Buffer => {
    const copy = Buffer.from(signedBody);
    copy[offset] = 'b'.charCodeAt(0);
    return copy;
  };
  expect(await open(signedSeal, decodedLength, at(500))).toBe('SignatureDoesNotMatch');
  expect(await open(signedSeal, decodedLength, at(66_000))).toBe('SignatureDoesNotMatch');
  const end = signedBody.length;
  const second = signedBody.indexOf('400;chunk');
  const last = signedBody.indexOf('0;chunk', second + 10);
  const dropped = Buffer.concat([signedBody.subarray(0, second), signedBody.subarray(last)]);
  expect(await open(signedSeal, decodedLength, dropped)).toBe('SignatureDoesNotMatch');
  const cut = signedBody.subarray(0, last);
  expect(await open(signedSeal, decodedLength, cut)).toBe('IncompleteBody');
  expect(await open(signedSeal, decodedLength, signedBody.subarray(0, end - 2))).toBe(
    'IncompleteBody',
  );
  const longer = Buffer.concat([signedBody, Buffer.from('x')]);
  expect(await open(signedSeal, decodedLength, longer)).toBe('IncompleteBody');
  const wrongLength: Headers = [['x-amz-decoded-content-length', '66561']];
  expect(await open(signedSeal, wrongLength, signedBody)).toBe('IncompleteBody');
  expect(() => openSealed(signedSeal, [])).toThrow('x-amz-decoded-content-length');
});

const replaced = (from: string, to: string): Buffer =>
  Buffer.from(trailerBody.toString('latin1').replace(from, to), 'latin1');

it('refuses a changed, missing or undeclared trailer', async () => {
  expect(await open(trailerSeal, trailerHeaders, replaced('sOO8', 'sOO9'))).toBe(
    'SignatureDoesNotMatch',
  );
  const unsigned = replaced('x-amz-trailer-signature:d81f', 'x-amz-trailer-signature:d82f');
  expect(await open(trailerSeal, trailerHeaders, unsigned)).toBe('SignatureDoesNotMatch');
  const missing = replaced('x-amz-checksum-crc32c:sOO8/Q==\r\n', '');
  expect(await open(trailerSeal, trailerHeaders, missing)).toBe('SignatureDoesNotMatch');
  const noSignature = replaced(
    /x-amz-trailer-signature.*\r\n/.exec(trailerBody.toString('latin1'))?.[0] ?? '',
    '',
  );
  expect(await open(trailerSeal, trailerHeaders, noSignature)).toBe('IncompleteBody');
  expect(await open(trailerSeal, decodedLength, trailerBody)).toBe('MalformedTrailerError');
});

const CHECK_VALUES = [
  ['crc32', 'y/Q5Jg=='],
  ['crc32c', '4waSgw=='],
  ['crc64nvme', 'rosUhgp5mIg='],
  ['sha1', '98O8HYCOBHMq32eZZczDTKeuNEE='],
  ['sha256', 'FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU='],
] as const;

it.each(CHECK_VALUES)('verifies a trailing %s of an unsigned stream', async (name, value) => {
  const trailer = `x-amz-checksum-${name}`;
  const headers: Headers = [
    ['x-amz-decoded-content-length', '9'],
    ['x-amz-trailer', trailer],
  ];
  const seal: PayloadSeal = { mode: 'chunked-unsigned-trailer' };
  const body = (checksum: string): Buffer =>
    Buffer.from(`9\r\n123456789\r\n0\r\n${trailer}:${checksum}\r\n\r\n`);
  expect(String(await open(seal, headers, body(value), 3))).toBe('123456789');
  expect(await open(seal, headers, body('AAAAAA=='))).toBe('BadDigest');
  const none = Buffer.from('9\r\n123456789\r\n0\r\n\r\n');
  expect(await open(seal, headers, none)).toBe('MalformedTrailerError');
  expect(await open({ mode: 'unsigned' }, [[trailer, value]], Buffer.from('123456789'))).toEqual(
    Buffer.from('123456789'),
  );
  expect(await open({ mode: 'unsigned' }, [[trailer, value]], Buffer.from('123456780'))).toBe(
    'BadDigest',
  );
});

it('holds a plain body to its literal hash and its MD5', async () => {
  const seal: PayloadSeal = { mode: 'sha256', sha256: hexSha256('hello') };
  expect(String(await open(seal, [], Buffer.from('hello')))).toBe('hello');
  expect(await open(seal, [], Buffer.from('hellp'))).toBe('XAmzContentSHA256Mismatch');
  const empty: PayloadSeal = { mode: 'sha256', sha256: hexSha256('') };
  expect(String(await open(empty, [], Buffer.alloc(0)))).toBe('');
  expect(await open(seal, [['content-md5', 'AAAA']], Buffer.from('hello'))).toBe('BadDigest');
});

it('refuses a checksum that it does not know, and framing it cannot read', async () => {
  const seal: PayloadSeal = { mode: 'chunked-unsigned-trailer' };
  const headers: Headers = [['x-amz-decoded-content-length', '1']];
  expect(() => openSealed(seal, [...headers, ['x-amz-trailer', 'x-amz-checksum-none']])).toThrow(
    'not supported',
  );
  expect(startChecksum('constructor')).toBeUndefined();
  for (const body of [
    'zz\r\n',
    '1\r\nab\r\n',
    '-1\r\n',
    `${'0'.repeat(9000)}`,
    '0\r\nnocolon\r\n\r\n',
  ]) {
    expect(await open(seal, headers, Buffer.from(body))).toBe('IncompleteBody');
  }
});
