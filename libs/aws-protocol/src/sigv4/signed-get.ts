/** A GET request with AWS Signature Version 4, for the routes under `/firesteel/` that no SDK knows. */
import { deriveSigningKey, hmac, scopeText, sha256Hex } from './signing-key.ts';

/** Where an installation answers, and whose key signs. */
export type Access = {
  readonly endpointUrl: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

/**
 * The `authorization` header of a GET without query and body, for the service `firesteel`.
 * Source: AWS IAM User Guide, "Create a signed AWS API request".
 * @param path absolute, of unreserved characters and slashes only
 * @param time as in `x-amz-date`: 20260131T120000Z
 */
export function authorization(access: Access, path: string, time: string): string {
  const { host } = new URL(access.endpointUrl);
  const scope = { date: time.slice(0, 8), region: access.region, service: 'firesteel' };
  const headers = `host:${host}\nx-amz-date:${time}\n`;
  const canonical = ['GET', path, '', headers, 'host;x-amz-date', sha256Hex('')].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scopeText(scope), sha256Hex(canonical)].join('\n');
  const key = deriveSigningKey(access.secretAccessKey, scope);
  const credential = `Credential=${access.accessKeyId}/${scopeText(scope)}`;
  const signature = hmac(key, toSign).toString('hex');
  return `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host;x-amz-date, Signature=${signature}`;
}

/**
 * Sends it.
 * @returns the answer's body, parsed
 * @throws Error for any status but 200
 */
export async function signedGet(access: Access, path: string): Promise<unknown> {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const answer = await fetch(new URL(path, access.endpointUrl), {
    headers: { 'x-amz-date': time, authorization: authorization(access, path, time) },
    signal: AbortSignal.timeout(10_000),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`GET ${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}
