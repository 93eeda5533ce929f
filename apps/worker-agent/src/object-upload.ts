/** PUT of one file to S3, path style, signed with Signature Version 4 over the file's digest. */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { callHttp } from './http-call.ts';
import type { ObjectAddress } from './log-layout.ts';
import type { RunCredentials } from './run-credentials.ts';

const timeoutMs = 120_000;

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

const digestOfFile = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
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

export type UploadTarget = {
  readonly s3Endpoint: string;
  readonly region: string;
  readonly credentials: RunCredentials;
};

const signedHeaders = async (
  url: URL,
  contentType: string,
  contentLength: number,
  digest: string,
  target: UploadTarget,
): Promise<{ [name: string]: string }> => {
  // Loaded with the first upload: an agent without S3 logs never needs it.
  const { SignatureV4 } = await import('@smithy/signature-v4');
  const { accessKeyId, secretAccessKey, sessionToken } = target.credentials;
  const signer = new SignatureV4({
    service: 's3',
    region: target.region,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    sha256: Sha256,
    uriEscapePath: false,
  });
  const signed = await signer.sign({
    method: 'PUT',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: {},
    headers: {
      host: url.host,
      'content-type': contentType,
      'content-length': String(contentLength),
      'x-amz-content-sha256': digest,
    },
  });
  return signed.headers;
};

/** Puts a file. Throws with S3's status and words when it is refused, or when no answer came in two minutes. */
export const putFile = async (
  file: string,
  address: ObjectAddress,
  contentType: string,
  target: UploadTarget,
): Promise<void> => {
  const path = `/${address.bucket}/${encodeKey(address.key)}`;
  const url = new URL(path, target.s3Endpoint);
  const headers = await signedHeaders(
    url,
    contentType,
    statSync(file).size,
    await digestOfFile(file),
    target,
  );
  const answer = await callHttp({
    method: 'PUT',
    url: url.href,
    headers,
    body: { file },
    timeoutMs,
  });
  if (answer.status !== 200) {
    throw new Error(`PUT ${address.key}: ${answer.status} ${answer.body.slice(0, 300)}`);
  }
};

/** Compresses a file, as much of it as there is now, beside itself and puts the result. Throws as {@link putFile}. */
export const putCompressed = async (
  file: string,
  address: ObjectAddress,
  target: UploadTarget,
): Promise<void> => {
  const compressed = `${file}.gz`;
  try {
    await pipeline(createReadStream(file), createGzip({ level: 4 }), createWriteStream(compressed));
    await putFile(compressed, address, 'application/gzip', target);
  } finally {
    await rm(compressed, { force: true });
  }
};
