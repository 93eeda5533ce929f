/** One request to S3, path style, signed with Signature Version 4 as a run's role. */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
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

/** The digest that the signer asks for, by Node's own crypto. */
class Sha256 {
  private hash: Hash | Hmac;
  private readonly secret: string | ArrayBuffer | ArrayBufferView | undefined;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.secret = secret;
    this.hash = this.begin();
  }
  private begin(): Hash | Hmac {
    if (this.secret === undefined) return createHash('sha256');
    const key =
      typeof this.secret === 'string'
        ? Buffer.from(this.secret)
        : ArrayBuffer.isView(this.secret)
          ? Buffer.from(this.secret.buffer, this.secret.byteOffset, this.secret.byteLength)
          : Buffer.from(this.secret);
    return createHmac('sha256', key);
  }
  update(chunk: Uint8Array): void {
    this.hash.update(chunk);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
  reset(): void {
    this.hash = this.begin();
  }
}

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

/** Sends it and answers whatever S3 says. Throws when no answer came in two minutes. */
export async function askS3(request: S3Request, target: S3Target): Promise<HttpAnswer> {
  // Loaded with the first request: an agent without S3 logs never needs it.
  const { SignatureV4 } = await import('@smithy/signature-v4');
  const { accessKeyId, secretAccessKey, sessionToken } = target.credentials;
  const { method, address, query = {}, headers = {}, body = '' } = request;
  const url = new URL(`/${address.bucket}/${encodeKey(address.key)}`, target.s3Endpoint);
  const signer = new SignatureV4({
    service: 's3',
    region: target.region,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    sha256: Sha256,
    uriEscapePath: false,
  });
  const signed = await signer.sign({
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
  });
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return callHttp({ method, url: url.href, headers: signed.headers, body, timeoutMs });
}
