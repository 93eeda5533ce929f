/** Headers in the order received: lower-case names, values as Node gives them (bytes as latin1). */
export type HeaderList = readonly (readonly [name: string, value: string])[];

const UNRESERVED = /^[A-Za-z0-9\-._~]$/;

const percent = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;

/** AWS' UriEncode of a text's bytes: all but unreserved characters and, if asked, slashes. */
export function uriEncode(latin1: string, keepSlash = false): string {
  let encoded = '';
  for (const byte of Buffer.from(latin1, 'latin1')) {
    const character = String.fromCharCode(byte);
    const kept = UNRESERVED.test(character) || (keepSlash && character === '/');
    encoded += kept ? character : percent(byte);
  }
  return encoded;
}

/** The bytes (as latin1) of a percent-encoded text; a `%` that starts no escape stays one. */
export function percentBytes(raw: string): string {
  return raw.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

function withoutDotSegments(rawPath: string): string {
  const kept: string[] = [];
  for (const segment of rawPath.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}${kept.length > 0 && rawPath.endsWith('/') ? '/' : ''}`;
}

/**
 * The canonical URI of a path as received. S3: each segment encoded once, nothing normalised. Other
 * services: `.`, `..` and empty segments resolved, then the encoded path encoded once more.
 */
export const canonicalUri = (rawPath: string, service: string): string =>
  service === 's3'
    ? rawPath
        .split('/')
        .map((segment) => uriEncode(percentBytes(segment)))
        .join('/') || '/'
    : uriEncode(withoutDotSegments(rawPath), true);

/** The parameters of a query as received, undecoded: name and value. */
export const rawParameters = (rawQuery: string): [name: string, value: string][] =>
  rawQuery
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      return equals === -1 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)];
    });

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/**
 * The canonical query: sorted by encoded name, then by encoded value, without the signature. A bare `+` is
 * signed as what it is read as: S3 takes it for a space, other services for itself.
 */
export function canonicalQuery(rawQuery: string, service: string): string {
  const read = (raw: string): string =>
    uriEncode(percentBytes(service === 's3' ? raw.replaceAll('+', ' ') : raw));
  return rawParameters(rawQuery)
    .map(([name, value]) => [read(name), read(value)] as const)
    .filter(([name]) => name !== 'X-Amz-Signature')
    .sort((left, right) => compare(left[0], right[0]) || compare(left[1], right[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** All values of a header joined by commas, each trimmed, inner spaces collapsed; or undefined. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  const values = headers
    .filter(([other]) => other === name)
    .map(([, value]) => value.replace(/[ \t\r\n]+/g, ' ').trim());
  return values.length === 0 ? undefined : values.join(',');
}

/**
 * All of the canonical request but the payload hash that ends it. `signedHeaders` must be present
 * among the headers. Bytes are written as latin1 characters, so hash it as latin1.
 */
export function canonicalHead(
  {
    method,
    rawPath,
    rawQuery,
    headers,
  }: {
    method: string;
    rawPath: string;
    rawQuery: string;
    headers: HeaderList;
  },
  service: string,
  signedHeaders: readonly string[],
): string {
  const lines = signedHeaders.map((name) => `${name}:${headerValue(headers, name) ?? ''}\n`);
  return [
    method,
    canonicalUri(rawPath, service),
    canonicalQuery(rawQuery, service),
    lines.join(''),
    signedHeaders.join(';'),
    '',
  ].join('\n');
}
