/** S3 requests stream through to the object store, once the authorizer has allowed them. */
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type AwsError, serviceUnavailable } from '@firesteel/aws-protocol/aws-error';
import { callerHeaders } from '@firesteel/http/caller';
import { askAuthorizer, authorize, type S3Terms } from '../edge/authorize.ts';
import { joined } from '../edge/condition-keys.ts';
import type { EdgeRequest } from '../edge/request.ts';
import type { Services } from '../edge/services.ts';
import { s3Access } from './action.ts';
import { s3Context } from './condition-keys.ts';
import { agent, openedHeader } from './object-store.ts';
import { tagsReader } from './object-tags.ts';

export type S3Options = {
  readonly services: Services;
  readonly objectStoreUrl: string;
  readonly serviceAuthorization: () => string;
};

/** Headers of one hop, and those only the gateway may set. */
const notForwarded =
  /^(authorization|connection|keep-alive|expect|te|upgrade|transfer-encoding|proxy-.*|x-firesteel-.*)$/;

const forwardedHeaders = ({ headers }: EdgeRequest): Record<string, string | string[]> => {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    if (notForwarded.test(name)) continue;
    const before = kept[name];
    kept[name] = before === undefined ? value : [before, value].flat();
  }
  return kept;
};

const header = (edge: EdgeRequest, name: string): string =>
  edge.headers.find(([candidate]) => candidate === name)?.[1] ?? '';

/** Exactly the path and query that were authorised, whatever form the request line had. */
const targetOf = ({ rawPath, rawQuery }: EdgeRequest): string =>
  rawQuery === '' ? rawPath : `${rawPath}?${rawQuery}`;

/** Opens the request to the object store and answers its response; the client's body follows as it comes. */
function forward(
  edge: EdgeRequest,
  headers: Record<string, string | string[]>,
  options: S3Options,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      new URL(options.objectStoreUrl),
      { method: edge.method, path: targetOf(edge), headers, agent },
      resolve,
    );
    outgoing.on('error', reject);
    edge.incoming.on('aborted', () => outgoing.destroy());
    edge.incoming.pipe(outgoing);
  });
}

/** In which the store says why it denies what was allowed; for the trail, and for no client. */
const denialHeader = 'x-firesteel-denied';

type Asked = {
  readonly service: string;
  readonly action: string;
  readonly resource: string;
  readonly accountId: string;
  readonly principal: string;
  readonly requestId: string;
  readonly sourceIp: string;
};

/**
 * The store's denial is a decision: it is in the trail before it is answered.
 * @throws AwsError 503 when it cannot be
 */
async function recordDenial(
  { headers }: IncomingMessage,
  { service, action, resource, accountId, principal, requestId, sourceIp }: Asked,
  { services }: S3Options,
): Promise<void> {
  const denial = headers[denialHeader];
  if (typeof denial !== 'string') return;
  const asked = { service, action, resource, accountId, principal, requestId, sourceIp };
  await askAuthorizer(services, '/v1/denials', { ...asked, reason: decodeURIComponent(denial) });
}

/** How the body was signed: the store decodes and checks it by that. */
const sealHeader = (seal: S3Terms['seal']): Record<string, string> => ({
  'x-firesteel-payload-seal': Buffer.from(JSON.stringify(seal)).toString('base64url'),
});

/** All headers of an answer but the one that is ours. */
const shownHeaders = ({ rawHeaders }: IncomingMessage): string[] =>
  rawHeaders.filter((_, index) => rawHeaders[index - (index % 2)]?.toLowerCase() !== denialHeader);

/**
 * Authorizes and forwards one request; the store's answer goes back unchanged.
 * @throws AwsError before anything has been answered
 */
export async function proxyS3(
  edge: EdgeRequest,
  response: ServerResponse,
  options: S3Options,
): Promise<void> {
  const { method, rawPath, rawQuery } = edge;
  const copySource = joined(edge, 'x-amz-copy-source');
  const access = s3Access({ method, rawPath, rawQuery, host: header(edge, 'host'), copySource });
  const { caller, seal, opened } = await authorize(options.services, edge, {
    service: 's3',
    ...access,
    context: s3Context(edge),
    readTags: tagsReader(access, options),
  });
  if (/^100-continue$/i.test(header(edge, 'expect'))) response.writeContinue();
  const chunked = header(edge, 'transfer-encoding') !== '';
  const answer = await forward(
    edge,
    {
      ...forwardedHeaders(edge),
      ...(chunked ? { 'transfer-encoding': 'chunked' } : {}),
      ...callerHeaders(caller),
      'x-firesteel-source-ip': edge.sourceIp,
      authorization: options.serviceAuthorization(),
      ...openedHeader(opened),
      ...sealHeader(seal),
    },
    options,
  ).catch((cause: unknown) => {
    throw Object.assign(serviceUnavailable(), { cause });
  });
  const asked = { ...access, ...caller, service: 's3', sourceIp: edge.sourceIp };
  await recordDenial(answer, asked, options).catch((error: unknown) => {
    answer.destroy();
    throw error;
  });
  response.writeHead(answer.statusCode ?? 502, shownHeaders(answer));
  await pipeline(answer, response).catch(() => response.destroy());
}

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? '');

/** An error of ours as S3 words it. */
export function answerS3Error(error: AwsError, edge: EdgeRequest, response: ServerResponse): void {
  const code = error.code === 'ServiceUnavailableException' ? 'ServiceUnavailable' : error.code;
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${escaped(code)}</Code><Message>${escaped(error.message)}</Message><Resource>${escaped(edge.rawPath)}</Resource><RequestId>${edge.requestId}</RequestId></Error>`;
  response.writeHead(error.status, {
    'content-type': 'application/xml',
    'x-amz-request-id': edge.requestId,
    // The body may not have been read: the connection cannot be used again.
    connection: 'close',
  });
  response.end(edge.method === 'HEAD' ? undefined : body);
}
