/** A GET request with AWS Signature Version 4, for what no SDK knows. */
import { createHash, createHmac } from 'node:crypto';
import type { AwsAccess } from '../state/aws-profile.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/**
 * Headers for a GET without query and body, signed for the service `firesteel`.
 * Source: AWS IAM User Guide, "Create a signed AWS API request".
 * @param path absolute, of unreserved characters and slashes only
 * @param at the time of signing
 */
export function signedHeaders(
  access: AwsAccess,
  path: string,
  at: Date,
): Record<'host' | 'x-amz-date' | 'authorization', string> {
  const host = new URL(access.endpointUrl).host;
  const time = at.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${access.region}/firesteel/aws4_request`;
  const canonical = [
    'GET',
    path,
    '',
    `host:${host}`,
    `x-amz-date:${time}`,
    '',
    'host;x-amz-date',
    sha256(''),
  ];
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical.join('\n'))].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${access.secretAccessKey}`);
  const signature = hmac(key, toSign).toString('hex');
  return {
    host,
    'x-amz-date': time,
    authorization: `AWS4-HMAC-SHA256 Credential=${access.accessKeyId}/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  };
}

/** Sends it; the answer's body, parsed, or undefined for any status but 200. */
export async function signedGet(access: AwsAccess, path: string): Promise<unknown> {
  const answer = await fetch(new URL(path, access.endpointUrl), {
    headers: signedHeaders(access, path, new Date()),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await answer.text();
  return answer.status === 200 ? JSON.parse(text) : undefined;
}
