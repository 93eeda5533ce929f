import { createHash } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { HeaderList } from '../canonical-request.ts';
import { NodeSha256 } from '../node-sha256.ts';
import type { ReceivedRequest } from '../signed-request.ts';

export const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
export const NOW = new Date('2026-03-01T12:00:00Z');

export const hexSha256 = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex');

/** What a client means to send, in the form that the signing library takes. */
export type Intended = {
  method: string;
  path: string;
  query: Record<string, string | string[]>;
  headers: Record<string, string>;
  body: string;
};

export const signer = (service: string, sessionToken?: string): SignatureV4 =>
  new SignatureV4({
    service,
    region: 'us-east-1',
    credentials: {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: SECRET,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
    sha256: NodeSha256,
    uriEscapePath: service !== 's3',
    applyChecksum: service === 's3',
  });

const encodeQueryPart = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

export const rawQueryOf = (query: Record<string, string | string[] | null>): string =>
  Object.entries(query)
    .flatMap(([name, values]) =>
      [values ?? ''].flat().map((value) => `${encodeQueryPart(name)}=${encodeQueryPart(value)}`),
    )
    .join('&');

export const headerList = (headers: Record<string, string>): HeaderList =>
  Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);

/** Signs as AWS' own library does and gives what a server receives. */
export async function signedBySmithy(
  intended: Intended,
  service = 'emr-serverless',
  sessionToken?: string,
): Promise<ReceivedRequest> {
  const signed = await signer(service, sessionToken).sign(
    { ...intended, protocol: 'http:', hostname: 'localhost' },
    { signingDate: NOW },
  );
  return {
    method: intended.method,
    rawPath: intended.path,
    rawQuery: rawQueryOf(intended.query),
    headers: headerList(signed.headers),
  };
}
