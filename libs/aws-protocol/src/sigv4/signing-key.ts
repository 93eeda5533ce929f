import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** HMAC-SHA256 of a text. */
export const hmac = (key: Uint8Array | string | KeyObject, text: string): Buffer =>
  createHmac('sha256', key).update(text, 'utf8').digest();

/** SHA-256 in lower-case hex. */
export const sha256Hex = (data: Uint8Array | string, encoding: 'utf8' | 'latin1' = 'utf8') =>
  (typeof data === 'string'
    ? createHash('sha256').update(data, encoding)
    : createHash('sha256').update(data)
  ).digest('hex');

/** What a signing key is for: one day (`YYYYMMDD`), one region, one service. */
export type SigningScope = { date: string; region: string; service: string };

/** SigV4's signing key: HMACs of date, region, service and `aws4_request`, chained. */
export const deriveSigningKey = (
  secretAccessKey: string,
  { date, region, service }: SigningScope,
): Buffer =>
  [region, service, 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${secretAccessKey}`, date));

/** Signing keys that are remembered; the oldest is forgotten. */
const mostRemembered = 1_000;
const remembered = new Map<string, KeyObject>();

/** The same, worked out once a day: it takes as long as the rest of a verification. */
export function signingKeyOf(secretAccessKey: string, scope: SigningScope): KeyObject {
  const place = `${secretAccessKey}\n${scopeText(scope)}`;
  const known = remembered.get(place);
  if (known) return known;
  const key = createSecretKey(deriveSigningKey(secretAccessKey, scope));
  if (remembered.size >= mostRemembered) remembered.delete(remembered.keys().next().value ?? '');
  remembered.set(place, key);
  return key;
}

/** The scope as it is written into strings to sign. */
export const scopeText = ({ date, region, service }: SigningScope): string =>
  `${date}/${region}/${service}/aws4_request`;
