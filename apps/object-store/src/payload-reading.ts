import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumLength,
  createDigester,
  type Digester,
  toChecksumAlgorithm,
} from './checksums.ts';
import { s3Error } from './s3-errors.ts';
import { headerOf } from './s3-request.ts';

/** What a request says about its body, before a byte of it is read. */
export type PayloadClaims = {
  /** Bytes of the body once decoded. */
  readonly length: number;
  /** 16 bytes. */
  readonly md5: Buffer | undefined;
  readonly algorithm: ChecksumAlgorithm | undefined;
  /** Base64; undefined when it comes in a trailer, which the payload's decoder verifies. */
  readonly checksum: string | undefined;
};

/** The digests of a body that fits its claims. */
export type PayloadDigests = {
  readonly md5: Buffer;
  readonly checksum: Checksum | undefined;
};

/** The biggest body of one request: 5 GiB. */
export const maxPayloadBytes = 5 * 1024 ** 3;

const readLength = (headers: IncomingHttpHeaders): number => {
  const text =
    headerOf(headers, 'x-amz-decoded-content-length') ?? headerOf(headers, 'content-length');
  if (text === undefined) throw s3Error('MissingContentLength');
  if (!/^\d{1,15}$/.test(text.trim())) {
    throw s3Error('InvalidArgument', 'The content length is not a number of bytes.');
  }
  if (Number(text) > maxPayloadBytes) {
    throw s3Error('EntityTooLarge', undefined, { MaxSizeAllowed: String(maxPayloadBytes) });
  }
  return Number(text);
};

const readMd5 = (headers: IncomingHttpHeaders): Buffer | undefined => {
  const text = headerOf(headers, 'content-md5');
  if (text === undefined) return undefined;
  const md5 = Buffer.from(text, 'base64');
  if (md5.length !== 16) throw s3Error('InvalidDigest');
  return md5;
};

const statedChecksum = (
  headers: IncomingHttpHeaders,
): { algorithm: ChecksumAlgorithm; value: string } | undefined => {
  const stated = checksumAlgorithms.flatMap((algorithm) => {
    const value = headerOf(headers, `x-amz-checksum-${algorithm}`);
    return value === undefined ? [] : [{ algorithm, value: value.trim() }];
  });
  if (stated.length > 1) {
    throw s3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header.');
  }
  return stated[0];
};

const trailingAlgorithm = (headers: IncomingHttpHeaders): ChecksumAlgorithm | undefined => {
  const match = /x-amz-checksum-([a-z0-9]+)/i.exec(headerOf(headers, 'x-amz-trailer') ?? '');
  return toChecksumAlgorithm(match?.[1] ?? '');
};

const checkForm = (algorithm: ChecksumAlgorithm, value: string): void => {
  if (Buffer.from(value, 'base64').length !== checksumLength(algorithm)) {
    throw s3Error('InvalidRequest', `Value for x-amz-checksum-${algorithm} header is invalid.`);
  }
};

/**
 * Reads the claims of a request about its body. `fallback` is the algorithm of the upload a part belongs to.
 * Throws MissingContentLength, EntityTooLarge, InvalidDigest, InvalidRequest.
 */
export const readClaims = (
  headers: IncomingHttpHeaders,
  fallback?: ChecksumAlgorithm,
): PayloadClaims => {
  const stated = statedChecksum(headers);
  if (stated !== undefined) checkForm(stated.algorithm, stated.value);
  const named = toChecksumAlgorithm(headerOf(headers, 'x-amz-sdk-checksum-algorithm') ?? '');
  return {
    length: readLength(headers),
    md5: readMd5(headers),
    algorithm: stated?.algorithm ?? trailingAlgorithm(headers) ?? named ?? fallback,
    checksum: stated?.value,
  };
};

const checksumOf = (
  claims: PayloadClaims,
  digester: Digester | undefined,
): Checksum | undefined => {
  const { algorithm } = claims;
  if (algorithm === undefined || digester === undefined) return undefined;
  const value = digester.digest().toString('base64');
  if (claims.checksum !== undefined && claims.checksum !== value) {
    throw s3Error(
      'BadDigest',
      `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
    );
  }
  return { algorithm, value, type: 'FULL_OBJECT' };
};

/** The digesters a body must pass through, and the judgement on it afterwards. */
export const createVerifier = (
  claims: PayloadClaims,
): { digesters: readonly Digester[]; verify: (size: number) => PayloadDigests } => {
  const md5 = createDigester('md5');
  const checksum = claims.algorithm === undefined ? undefined : createDigester(claims.algorithm);
  return {
    digesters: checksum === undefined ? [md5] : [md5, checksum],
    verify: (size) => {
      if (size !== claims.length) throw s3Error('IncompleteBody');
      const found = md5.digest();
      if (claims.md5 !== undefined && !claims.md5.equals(found)) throw s3Error('BadDigest');
      return { md5: found, checksum: checksumOf(claims, checksum) };
    },
  };
};

/**
 * Reads a small body as text and verifies it like any other. Throws MaxMessageLengthExceeded past
 * `maxBytes`, MalformedXML when it is not UTF-8.
 */
export const readText = async (
  bytes: Readable,
  headers: IncomingHttpHeaders,
  maxBytes: number,
): Promise<string> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const each of bytes.iterator({ destroyOnReturn: false })) {
    const chunk = each as Buffer;
    length += chunk.length;
    if (length > maxBytes) throw s3Error('MaxMessageLengthExceeded');
    chunks.push(chunk);
  }
  const whole = Buffer.concat(chunks);
  const { digesters, verify } = createVerifier({
    ...readClaims({ 'content-length': String(length), ...withoutLengths(headers) }),
    length,
  });
  for (const digester of digesters) digester.update(whole);
  verify(length);
  return decodeUtf8(whole);
};

/** A small body needs no stated length: it is counted against its limit. */
const withoutLengths = (headers: IncomingHttpHeaders): IncomingHttpHeaders => {
  const {
    'content-length': _length,
    'x-amz-decoded-content-length': _decoded,
    ...others
  } = headers;
  return others;
};

const decodeUtf8 = (bytes: Buffer): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw s3Error('MalformedXML');
  }
};
