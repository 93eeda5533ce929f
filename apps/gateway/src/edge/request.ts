/** A request as it came in: everything authentication needs, and its body read within a limit. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AwsError } from '@firesteel/aws-protocol/aws-error';
import { MAX_BODY_BYTES } from '@firesteel/aws-protocol/json-document';
import type { HeaderList } from '@firesteel/aws-protocol/sigv4/canonical-request';

export type EdgeRequest = {
  readonly incoming: IncomingMessage;
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly headers: HeaderList;
  readonly sourceIp: string;
  readonly requestId: string;
};

/** Header names in lower case, in the order and with the values they came. */
function headerList(rawHeaders: readonly string[]): HeaderList {
  const list: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    list.push([String(rawHeaders[index]).toLowerCase(), String(rawHeaders[index + 1])]);
  return list;
}

/** Reads what does not need the body. */
export function readEdge(incoming: IncomingMessage, requestId: string): EdgeRequest {
  // Clients behind a proxy send the whole URL; signed is the path alone.
  const url = (incoming.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '');
  const mark = url.indexOf('?');
  return {
    incoming,
    method: incoming.method ?? 'GET',
    rawPath: (mark < 0 ? url : url.slice(0, mark)) || '/',
    rawQuery: mark < 0 ? '' : url.slice(mark + 1),
    headers: headerList(incoming.rawHeaders),
    sourceIp: incoming.socket.remoteAddress ?? '',
    requestId,
  };
}

/** A body of an API call that takes longer than this is not coming. */
const bodyTimeoutMs = 30_000;

/** @throws AwsError 413 when the body is larger than any API call may be */
export async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const timer = setTimeout(() => incoming.destroy(), bodyTimeoutMs);
  incoming.once('close', () => clearTimeout(timer));
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw new AwsError(
        'RequestEntityTooLargeException',
        413,
        `The request body is larger than ${MAX_BODY_BYTES} bytes.`,
      );
    chunks.push(chunk);
  }
  clearTimeout(timer);
  return Buffer.concat(chunks);
}

/** SHA-256 of the bytes received, as signatures state it. */
export const sha256Of = (body: Buffer): string => createHash('sha256').update(body).digest('hex');
