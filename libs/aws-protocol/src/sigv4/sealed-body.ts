import { createHash, type Hash, timingSafeEqual } from 'node:crypto';
import { Transform } from 'node:stream';
import { AwsError } from '../aws-error.ts';
import { createChunkReader, incompleteBody } from './aws-chunked.ts';
import { type HeaderList, headerValue } from './canonical-request.ts';
import { type Checksum, startChecksum } from './checksums.ts';
import type { PayloadSeal } from './payload-seal.ts';
import { hmac, sha256Hex } from './signing-key.ts';

/** Something that looks at the decoded bytes and has the last word about them. */
type Inspector = { update(bytes: Uint8Array): void; finish(): void };

/** Turns a body as received into its content: decoded pieces go to `emit`. */
type Opener = { write(bytes: Buffer): void; finish(): void };

const EMPTY_SHA256 = sha256Hex('');

const signatureMismatch = (): AwsError =>
  new AwsError(
    'SignatureDoesNotMatch',
    403,
    'The signature of a chunk or trailer does not match the one we calculated.',
  );

const badDigest = (name: string): AwsError =>
  new AwsError('BadDigest', 400, `The ${name} you specified did not match what we received.`);

const malformedTrailer = (): AwsError =>
  new AwsError(
    'MalformedTrailerError',
    400,
    'The request contained trailing data that was not well-formed.',
  );

function sameHex(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left, 'latin1'), Buffer.from(right, 'latin1')];
  return a.length === b.length && timingSafeEqual(a, b);
}

function literalHash(sha256: string): Inspector {
  const hash = createHash('sha256');
  return {
    update: (bytes) => void hash.update(bytes),
    finish: () => {
      if (sameHex(hash.digest('hex'), sha256)) return;
      throw new AwsError(
        'XAmzContentSHA256Mismatch',
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    },
  };
}

function decodedLength(headers: HeaderList): Inspector {
  const declared = headerValue(headers, 'x-amz-decoded-content-length') ?? '';
  if (!/^\d{1,15}$/.test(declared)) {
    throw new AwsError(
      'MissingContentLength',
      411,
      'You must provide x-amz-decoded-content-length.',
    );
  }
  let missing = Number(declared);
  return {
    update: (bytes) => {
      missing -= bytes.length;
      if (missing < 0) throw incompleteBody();
    },
    finish: () => {
      if (missing !== 0) throw incompleteBody();
    },
  };
}

function checksum(name: string, declared: () => string | undefined): Inspector {
  const running: Checksum | undefined = startChecksum(name);
  if (running === undefined) {
    throw new AwsError('InvalidRequest', 400, `The checksum ${name} is not supported.`);
  }
  return {
    update: (bytes) => running.update(bytes),
    finish: () => {
      const value = declared();
      if (value === undefined) throw malformedTrailer();
      if (value !== running.digest()) throw badDigest(name);
    },
  };
}

/** Checks the checksums that headers declare. Of a chunked body, Content-MD5's meaning is unclear. */
const headerChecksums = (headers: HeaderList, chunked: boolean): Inspector[] =>
  [...new Map(headers).entries()]
    .filter(([name]) => startChecksum(name) !== undefined && !(chunked && name === 'content-md5'))
    .map(([name, value]) => checksum(name, () => value.trim()));

const trailerNames = (headers: HeaderList): string[] =>
  (headerValue(headers, 'x-amz-trailer') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');

type ChunkSignatures = {
  start(signature: string | undefined): void;
  update(bytes: Buffer): void;
  end(): void;
  trailers(trailers: ReadonlyMap<string, string>, signature: string | undefined): void;
};

type SignedSeal = Extract<PayloadSeal, { signingKey: string }>;

const UNSIGNED_CHUNKS: ChunkSignatures = {
  start: () => undefined,
  update: () => undefined,
  end: () => undefined,
  trailers: () => undefined,
};

/** Each chunk's signature covers the one before it, so none can be dropped, added or moved. */
function chainedSignatures(seal: SignedSeal): ChunkSignatures {
  const key = Buffer.from(seal.signingKey, 'base64');
  let previous = seal.seedSignature;
  let given = '';
  let hash: Hash = createHash('sha256');
  const check = (kind: string, hashes: string[]): void => {
    const text = [`AWS4-HMAC-SHA256-${kind}`, seal.amzDate, seal.scope, previous, ...hashes];
    const expected = hmac(key, text.join('\n')).toString('hex');
    if (!sameHex(expected, given)) throw signatureMismatch();
    previous = expected;
  };
  return {
    start: (signature) => {
      given = signature ?? '';
      hash = createHash('sha256');
    },
    update: (bytes) => void hash.update(bytes),
    end: () => check('PAYLOAD', [EMPTY_SHA256, hash.digest('hex')]),
    trailers: (trailers, signature) => {
      if (seal.mode === 'chunked-signed') return;
      given = signature ?? '';
      const lines = [...trailers].map(([name, value]) => `${name}:${value}\n`);
      check('TRAILER', [sha256Hex(lines.join(''))]);
    },
  };
}

const TRAILER_SIGNATURE = 'x-amz-trailer-signature';

type ChunkedSeal = Exclude<PayloadSeal, { mode: 'sha256' | 'unsigned' }>;

function chunkedOpener(
  seal: ChunkedSeal,
  headers: HeaderList,
  emit: (bytes: Buffer) => void,
): Opener {
  const declared = new Set(seal.mode === 'chunked-signed' ? [] : trailerNames(headers));
  const trailers = new Map<string, string>();
  let trailerSignature: string | undefined;
  const signatures = 'signingKey' in seal ? chainedSignatures(seal) : UNSIGNED_CHUNKS;
  const inspectors = [
    decodedLength(headers),
    ...headerChecksums(headers, true),
    ...[...declared]
      .filter((name) => name.startsWith('x-amz-checksum-'))
      .map((name) => checksum(name, () => trailers.get(name))),
  ];
  const reader = createChunkReader({
    chunkStart: (_size, signature) => signatures.start(signature),
    data: (bytes) => {
      signatures.update(bytes);
      for (const inspector of inspectors) inspector.update(bytes);
      emit(bytes);
    },
    chunkEnd: () => signatures.end(),
    trailer: (name, value) => {
      if (name === TRAILER_SIGNATURE && trailerSignature === undefined) trailerSignature = value;
      else if (declared.has(name) && !trailers.has(name)) trailers.set(name, value);
      else throw malformedTrailer();
    },
    blankLine: () => seal.mode !== 'chunked-signed-trailer' || trailerSignature !== undefined,
  });
  return {
    write: reader.write,
    finish: () => {
      reader.finish();
      signatures.trailers(trailers, trailerSignature);
      for (const inspector of inspectors) inspector.finish();
    },
  };
}

function plainOpener(
  seal: Extract<PayloadSeal, { mode: 'sha256' | 'unsigned' }>,
  headers: HeaderList,
  emit: (bytes: Buffer) => void,
): Opener {
  const literal = seal.mode === 'sha256' ? [literalHash(seal.sha256)] : [];
  const inspectors = [...literal, ...headerChecksums(headers, false)];
  return {
    write: (bytes) => {
      for (const inspector of inspectors) inspector.update(bytes);
      emit(bytes);
    },
    finish: () => {
      for (const inspector of inspectors) inspector.finish();
    },
  };
}

/** Runs a step of the opener and hands what it throws to the stream's callback. */
function attempt(step: () => void, callback: (error?: Error | null) => void): void {
  try {
    step();
  } catch (thrown) {
    callback(thrown instanceof Error ? thrown : incompleteBody());
    return;
  }
  callback();
}

/**
 * A stream from a body as received to its content, checked against the seal: the literal SHA-256, or
 * aws-chunked framing with chunk and trailer signatures; then `x-amz-decoded-content-length`,
 * declared checksums (header or trailer: CRC32, CRC32C, CRC64NVME, SHA1, SHA256) and Content-MD5.
 * `headers` are the request's. Content flows before the last check: commit it only once the stream
 * has ended well. The stream fails with an AwsError (`XAmzContentSHA256Mismatch`, `BadDigest`,
 * `SignatureDoesNotMatch`, `IncompleteBody`, `MalformedTrailerError`). Throws AwsError at once for
 * headers that cannot be: `MissingContentLength` (411), `InvalidRequest` (an unknown checksum).
 */
export function openSealed(seal: PayloadSeal, headers: HeaderList): Transform {
  const emit = (bytes: Buffer): void => void stream.push(bytes);
  const opener =
    seal.mode === 'sha256' || seal.mode === 'unsigned'
      ? plainOpener(seal, headers, emit)
      : chunkedOpener(seal, headers, emit);
  const stream = new Transform({
    transform: (bytes: Buffer, _encoding, callback) => attempt(() => opener.write(bytes), callback),
    flush: (callback) => attempt(() => opener.finish(), callback),
  });
  return stream;
}
