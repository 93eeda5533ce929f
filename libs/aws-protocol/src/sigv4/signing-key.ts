import { createHash, createHmac } from 'node:crypto';

/** HMAC-SHA256 of a text. */
export const hmac = (key: Uint8Array | string, text: string): Buffer =>
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
): Buffer => [region, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${secretAccessKey}`, date));

/** The scope as it is written into strings to sign. */
export const scopeText = ({ date, region, service }: SigningScope): string =>
  `${date}/${region}/${service}/aws4_request`;
