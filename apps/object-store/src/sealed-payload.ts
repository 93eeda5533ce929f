import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { PayloadSeal } from '@firesteel/aws-protocol/sigv4/payload-seal';
import { openSealed } from '@firesteel/aws-protocol/sigv4/sealed-body';
import { s3Error } from './s3-errors.ts';

const modes = new Set<unknown>([
  'sha256',
  'unsigned',
  'chunked-signed',
  'chunked-signed-trailer',
  'chunked-unsigned-trailer',
] satisfies PayloadSeal['mode'][]);

const isSeal = (value: unknown): value is PayloadSeal =>
  typeof value === 'object' && value !== null && 'mode' in value && modes.has(value.mode);

const readSeal = (header: string): PayloadSeal | undefined => {
  try {
    const seal: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
    return isSeal(seal) ? seal : undefined;
  } catch {
    return undefined;
  }
};

const headerPairs = (rawHeaders: readonly string[]): [string, string][] =>
  rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1] ?? ''] as [string, string]] : [],
  );

/** In a completion, x-amz-checksum-* speaks of the object, and not of this body. */
const speaksOfBody = (request: IncomingMessage): ((pair: [string, string]) => boolean) => {
  const completion = request.method === 'POST' && /[?&]uploadId=/.test(request.url ?? '');
  return ([name]) => !(completion && name.startsWith('x-amz-checksum-'));
};

/**
 * The body of a request that the gateway has let through, decoded and checked by the seal in
 * `x-firesteel-payload-seal` (base64url of the JSON of a PayloadSeal). The stream fails with an
 * AwsError when the body is not what was signed. Throws AccessDenied when there is no seal.
 */
export const openSealedPayload = (request: IncomingMessage): Readable => {
  const header = request.headers['x-firesteel-payload-seal'];
  const seal = typeof header === 'string' ? readSeal(header) : undefined;
  if (seal === undefined) throw s3Error('AccessDenied');
  const headers = headerPairs(request.rawHeaders).filter(speaksOfBody(request));
  return request.pipe(openSealed(seal, headers));
};
