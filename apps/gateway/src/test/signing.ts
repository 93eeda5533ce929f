/** Signs requests as a client does, with AWS' own steps, so that tests can also sign what no client would. */
import type { HeaderList } from '@firesteel/aws-protocol/sigv4/canonical-request';
import { parseAuthorization } from '@firesteel/aws-protocol/sigv4/signed-request';
import {
  deriveSigningKey,
  hmac,
  scopeText,
  sha256Hex,
} from '@firesteel/aws-protocol/sigv4/signing-key';

/** The key that tests sign with. */
export const testKey = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'a known secret' };

/** What is to be signed. */
export type ToSign = {
  readonly method: string;
  /** Path and query as they go out. */
  readonly url: string;
  readonly host: string;
  readonly body?: string | Buffer;
  readonly service?: string;
  /** Further headers; they are signed too. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly now?: Date;
};

const amzDate = (now: Date): string => `${now.toISOString().replace(/[-:]|\.\d+/g, '')}`;

/** The headers of a signed request, `host` among them. S3 bodies are not sealed. */
export function signedHeaders(
  toSign: ToSign,
  key: typeof testKey = testKey,
): Record<string, string> {
  const { method, url, host, body = '', service = 'emr-serverless', now = new Date() } = toSign;
  const date = amzDate(now);
  const payload = service === 's3' ? 'UNSIGNED-PAYLOAD' : sha256Hex(body);
  const headers: Record<string, string> = {
    host,
    'x-amz-content-sha256': payload,
    'x-amz-date': date,
    ...toSign.headers,
  };
  const names = Object.keys(headers).sort();
  const credential = `${key.accessKeyId}/${date.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  const authorization = (signature: string): string =>
    `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  const list: HeaderList = [
    ...Object.entries(headers),
    ['authorization', authorization('0'.repeat(64))],
  ];
  const [rawPath = '', rawQuery = ''] = url.split(/\?(.*)/s);
  const parsed = parseAuthorization({ method, rawPath, rawQuery, headers: list });
  if (!parsed.ok) throw new Error(`cannot be signed: ${parsed.message}`);
  const { request } = parsed;
  const text = [
    'AWS4-HMAC-SHA256',
    date,
    scopeText(request),
    sha256Hex(`${request.canonicalHead}${payload}`, 'latin1'),
  ].join('\n');
  const signature = hmac(deriveSigningKey(key.secretAccessKey, request), text).toString('hex');
  return { ...headers, authorization: authorization(signature) };
}
