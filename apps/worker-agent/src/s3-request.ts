/** One request to S3, path style, signed with Signature Version 4 as a run's role. */
import { createHash } from 'node:crypto';
import { NodeSha256 } from '@firesteel/aws-protocol/sigv4/node-sha256';
import { callHttp, type HttpAnswer, type HttpCall } from './http-call.ts';
import type { ObjectAddress } from './log-layout.ts';
import type { RunCredentials } from './run-credentials.ts';

const timeoutMs = 120_000;
const digestOfNothing = createHash('sha256').digest('hex');

/** Where S3 is, and as whom it is asked. */
export type S3Target = {
  readonly s3Endpoint: string;
  readonly region: string;
  readonly credentials: RunCredentials;
};

export type S3Request = {
  readonly method: HttpCall['method'];
  /** An empty key means the bucket itself. */
  readonly address: ObjectAddress;
  readonly query?: { readonly [name: string]: string };
  readonly headers?: { readonly [name: string]: string };
  readonly body?: HttpCall['body'];
  /** SHA-256 of the body in hex; of an empty one when there is none. */
  readonly digest?: string;
};

/** RFC 3986, with slashes kept: what S3 signs. */
const encodeKey = (key: string): string =>
  key
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replace(
        /[!'()*]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/');

/** True when S3 refuses a request for the time it was signed at, and says what time it is there. */
const isSkewed = ({ status, body, at }: HttpAnswer): boolean =>
  status === 403 && body.includes('RequestTimeTooSkewed') && !Number.isNaN(at);

/**
 * Sends it and answers whatever S3 says; once more, signed at S3's own time, when ours is too far from it, as AWS' SDKs
 * do. Throws when no answer came in two minutes.
 */
export async function askS3(request: S3Request, target: S3Target): Promise<HttpAnswer> {
  const answer = await signAndSend(request, target, new Date());
  return isSkewed(answer) ? signAndSend(request, target, new Date(answer.at)) : answer;
}

async function signAndSend(
  request: S3Request,
  target: S3Target,
  signingDate: Date,
): Promise<HttpAnswer> {
  // Loaded with the first request: an agent without S3 logs never needs it.
  const { SignatureV4 } = await import('@smithy/signature-v4');
  const { accessKeyId, secretAccessKey, sessionToken } = target.credentials;
  const { method, address, query = {}, headers = {}, body = '' } = request;
  const url = new URL(`/${address.bucket}/${encodeKey(address.key)}`, target.s3Endpoint);
  const signer = new SignatureV4({
    service: 's3',
    region: target.region,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    sha256: NodeSha256,
    uriEscapePath: false,
  });
  const unsigned = {
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: { ...query },
    headers: {
      host: url.host,
      'x-amz-content-sha256': request.digest ?? digestOfNothing,
      ...headers,
    },
  };
  const signed = await signer.sign(unsigned, { signingDate });
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return callHttp({ method, url: url.href, headers: signed.headers, body, timeoutMs });
}
