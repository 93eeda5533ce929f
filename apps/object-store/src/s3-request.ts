import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Caller } from '@firesteel/http/caller';
import { s3Error } from './s3-errors.ts';

/** A request in S3's terms. Names of headers are lower case; query values are decoded. */
export type S3Request = {
  readonly method: string;
  /** Undefined for the service itself. */
  readonly bucket: string | undefined;
  /** Ordinary text; undefined for the bucket itself. */
  readonly key: string | undefined;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  /** The caller's account, 12 digits, and its principal's ARN, as the gateway states them. */
  readonly account: string;
  readonly principal: string;
  /** Buckets of other accounts that the authorizer has let this request into, with their owners. */
  readonly opened: ReadonlyMap<string, string>;
  readonly incoming: IncomingMessage;
};

/** Where a request points: path still encoded, without the bucket of a virtual host. */
export type Target = {
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly query: ReadonlyMap<string, string>;
};

/** The longest key S3 has, in bytes of UTF-8. */
export const maxKeyBytes = 1024;
const virtualHost = /^(.+)\.localhost(?::\d+)?$/i;

/** Percent-decoding of a text that must be UTF-8. Throws InvalidURI. */
const decode = (encoded: string): string => {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw s3Error('InvalidURI');
  }
};

const parseQuery = (raw: string): ReadonlyMap<string, string> => {
  const query = new Map<string, string>();
  for (const pair of raw.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode((at < 0 ? pair : pair.slice(0, at)).replaceAll('+', ' '));
    const value = at < 0 ? '' : decode(pair.slice(at + 1).replaceAll('+', ' '));
    if (!query.has(name)) query.set(name, value);
  }
  return query;
};

const parseKey = (encoded: string): string | undefined => {
  const key = decode(encoded);
  if (Buffer.byteLength(key, 'utf8') > maxKeyBytes) {
    throw s3Error('KeyTooLongError', undefined, { MaxSizeAllowed: String(maxKeyBytes) });
  }
  return key === '' ? undefined : key;
};

const parsePathStyle = (path: string): Pick<Target, 'bucket' | 'key'> => {
  const at = path.indexOf('/', 1);
  const bucket = decode(at < 0 ? path.slice(1) : path.slice(1, at));
  const key = at < 0 ? undefined : parseKey(path.slice(at + 1));
  if (bucket === '' && key !== undefined) throw s3Error('InvalidBucketName');
  return { bucket: bucket === '' ? undefined : bucket, key };
};

const parsePath = (host: string, path: string): Pick<Target, 'bucket' | 'key'> => {
  const bucket = virtualHost.exec(host)?.[1]?.toLowerCase();
  return bucket === undefined ? parsePathStyle(path) : { bucket, key: parseKey(path.slice(1)) };
};

const pathOf = (rawUrl: string): string => {
  const path = rawUrl.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0] ?? '';
  return path.startsWith('/') ? path : `/${path}`;
};

/**
 * Reads where a request points: `/<bucket>/<key>`, or `/<key>` when the host is `<bucket>.localhost`.
 * The key is everything behind the bucket, byte for byte: dots and slashes have no meaning.
 * Throws InvalidURI when the text is not UTF-8, KeyTooLongError past 1024 bytes.
 */
export const parseTarget = (host: string, rawUrl: string): Target => {
  const at = rawUrl.indexOf('?');
  return {
    ...parsePath(host, pathOf(rawUrl)),
    query: parseQuery(at < 0 ? '' : rawUrl.slice(at + 1)),
  };
};

/** The value of a header that is sent once, or undefined. */
export const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};

/** `<bucket>=<account>`, several with a comma between them; a copy has two ends. */
const parseOpened = (header: string | undefined): ReadonlyMap<string, string> =>
  new Map(
    (header ?? '').split(',').map((each) => {
      const [bucket = '', account = ''] = each.split('=');
      return [bucket, account] as const;
    }),
  );

/** Who stands behind a request, for what other services do on their behalf. */
export const callerOf = ({ headers, account, principal }: S3Request): Caller => ({
  accountId: account,
  principal,
  requestId: headerOf(headers, 'x-firesteel-request-id') ?? 'unknown',
});

/**
 * Reads a request that the gateway has let through. Throws AccessDenied when the gateway's statement of
 * the account is missing.
 */
export const parseRequest = (incoming: IncomingMessage): S3Request => {
  const { headers } = incoming;
  const account = headerOf(headers, 'x-firesteel-account') ?? '';
  if (!/^\d{12}$/.test(account)) throw s3Error('AccessDenied');
  const target = parseTarget(headers.host ?? '', incoming.url ?? '/');
  return {
    ...target,
    method: incoming.method ?? 'GET',
    headers,
    account,
    principal: headerOf(headers, 'x-firesteel-principal') ?? `arn:aws:iam::${account}:root`,
    opened: parseOpened(headerOf(headers, 'x-firesteel-opened')),
    incoming,
  };
};

/** A whole number in a query parameter; `fallback` when absent. Throws InvalidArgument. */
export const integerParameter = (
  query: ReadonlyMap<string, string>,
  name: string,
  fallback: number,
): number => {
  const text = query.get(name);
  if (text === undefined || text === '') return fallback;
  if (!/^\d{1,10}$/.test(text) || Number(text) > 2147483647) {
    throw s3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`, {
      ArgumentName: name,
      ArgumentValue: text,
    });
  }
  return Number(text);
};
