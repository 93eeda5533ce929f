/**
 * How the body of a verified request is bound to its signature. JSON-serialisable: made by `verify`
 * where the secrets are, opened by `openSealed` where the body is. A `signingKey` (base64) signs for
 * one day, region and service: treat it as a secret.
 */
export type PayloadSeal =
  | { mode: 'sha256'; sha256: string }
  | { mode: 'unsigned' }
  | {
      mode: 'chunked-signed' | 'chunked-signed-trailer';
      signingKey: string;
      seedSignature: string;
      scope: string;
      amzDate: string;
    }
  | { mode: 'chunked-unsigned-trailer' };

/** What S3 clients send as `x-amz-content-sha256` when it is no hash. */
export const PAYLOAD_MODES = {
  'UNSIGNED-PAYLOAD': 'unsigned',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': 'chunked-signed',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': 'chunked-signed-trailer',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': 'chunked-unsigned-trailer',
} as const satisfies Record<string, PayloadSeal['mode']>;
