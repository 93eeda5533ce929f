/** The digest that `@smithy/signature-v4` asks for, by Node's own crypto. */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';

type Source = string | ArrayBuffer | ArrayBufferView;

const bytesOf = (source: Source): Uint8Array => {
  if (typeof source === 'string') return Buffer.from(source);
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
};

/** SHA-256, or HMAC-SHA-256 where there is a secret. */
export class NodeSha256 {
  private readonly secret: Source | undefined;
  private hash: Hash | Hmac;

  constructor(secret?: Source) {
    this.secret = secret;
    this.hash = this.begin();
  }

  private begin(): Hash | Hmac {
    return this.secret === undefined
      ? createHash('sha256')
      : createHmac('sha256', bytesOf(this.secret));
  }

  update(chunk: Source): void {
    this.hash.update(bytesOf(chunk));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }

  reset(): void {
    this.hash = this.begin();
  }
}
