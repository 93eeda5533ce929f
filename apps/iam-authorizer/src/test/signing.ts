/** Signs as a client does, with AWS' own steps. */
import {
  parseAuthorization,
  type SignedRequest,
} from '@firesteel/aws-protocol/sigv4/signed-request';
import {
  deriveSigningKey,
  hmac,
  scopeText,
  sha256Hex,
} from '@firesteel/aws-protocol/sigv4/signing-key';

/** What a client signs with. */
export type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

export const emptySha256 = sha256Hex('');

/** A GET of `/applications`, signed at noon of 2026-03-01 unless a time is said. */
export function signed(
  keys: Keys,
  service = 'emr-serverless',
  at = new Date('2026-03-01T12:00:00Z'),
): SignedRequest {
  const amzDate = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const headers: [string, string][] = [
    ['host', 'localhost'],
    ['x-amz-content-sha256', emptySha256],
    ['x-amz-date', amzDate],
    ...(keys.sessionToken === undefined
      ? []
      : [['x-amz-security-token', keys.sessionToken] as [string, string]]),
  ];
  const names = headers.map(([name]) => name).join(';');
  const credential = `${keys.accessKeyId}/${amzDate.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  const parsed = parseAuthorization({
    method: 'GET',
    rawPath: '/applications',
    rawQuery: '',
    headers: [
      ...headers,
      [
        'authorization',
        `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${'0'.repeat(64)}`,
      ],
    ],
  });
  if (!parsed.ok) throw new Error(parsed.message);
  const { request } = parsed;
  const text = [
    'AWS4-HMAC-SHA256',
    request.amzDate,
    scopeText(request),
    sha256Hex(`${request.canonicalHead}${emptySha256}`, 'latin1'),
  ].join('\n');
  const signature = hmac(deriveSigningKey(keys.secretAccessKey, request), text).toString('hex');
  return { ...request, signature };
}
