/** One endpoint: every request is routed by the service name in its signature's scope. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AwsError } from '@firesteel/aws-protocol/aws-error';
import { serializeError, type WireResponse } from '@firesteel/aws-protocol/rest-json/response';
import { credentialScopeService } from '@firesteel/aws-protocol/sigv4/signed-request';
import { continueTrace, inSpan } from '@firesteel/telemetry/spans';
import { authorize } from './edge/authorize.ts';
import { toAwsError } from './edge/failures.ts';
import { type EdgeRequest, readBody, readEdge, sha256Of } from './edge/request.ts';
import type { Services } from './edge/services.ts';
import { createEmrServerless } from './emr-serverless/emr-serverless.ts';
import { answerExtra } from './extras/extras.ts';
import { answerQuery, unsignedQueryService } from './iam/iam.ts';
import { answerS3Error, proxyS3 } from './s3/proxy.ts';

export type GatewayOptions = {
  readonly services: Services;
  readonly region: string;
  readonly objectStoreUrl: string | undefined;
  readonly serviceAuthorization: () => string;
  readonly isReady: () => Promise<boolean>;
  readonly log: { readonly error: (object: object, message: string) => void };
};

/** Connections at a time; more are closed at once, and clients try again. */
const maxConnections = 2_000;

function send(
  response: ServerResponse,
  { status, headers, body }: WireResponse,
  requestId: string,
): void {
  response.writeHead(status, {
    ...headers,
    'x-amzn-RequestId': requestId,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** Builds the server; the caller listens. */
export function createGateway(options: GatewayOptions): Server {
  const { services, region, log } = options;
  const emrServerless = createEmrServerless(services, region);
  const unexpected = (error: unknown): void => log.error({ err: error }, 'request failed');

  const answer = async (
    edge: EdgeRequest,
    response: ServerResponse,
    service: string | undefined,
  ): Promise<WireResponse> => {
    if (edge.incoming.headers.expect !== undefined) response.writeContinue();
    const body = await readBody(edge.incoming);
    const query = service ?? unsignedQueryService(body);
    if (query === 'iam' || query === 'sts')
      return answerQuery(query, edge, body, services, unexpected);
    if (service === 'emr-serverless') return emrServerless(edge, body);
    if (service === 'firesteel') return answerExtra(edge, body, services);
    // Nobody we know: the refusal is a fact like any other.
    await authorize(services, edge, {
      service: service ?? 'unknown',
      action: 'unknown',
      resource: '*',
      bodySha256: sha256Of(body),
    });
    throw new AwsError(
      'UnknownOperationException',
      404,
      `This endpoint does not offer the service '${service}'.`,
    );
  };

  const api = async (
    edge: EdgeRequest,
    response: ServerResponse,
    service: string | undefined,
  ): Promise<void> => {
    try {
      send(response, await answer(edge, response, service), edge.requestId);
    } catch (error) {
      const { rawPath } = edge;
      const shaped = serializeError(
        toAwsError(error, (cause) => log.error({ err: cause, path: rawPath }, 'request failed')),
      );
      // A body that was not read to its end leaves the connection unusable.
      if (!edge.incoming.complete) response.setHeader('connection', 'close');
      send(response, shaped, edge.requestId);
    }
  };

  const s3 = async (edge: EdgeRequest, response: ServerResponse): Promise<void> => {
    const { objectStoreUrl, serviceAuthorization } = options;
    try {
      if (objectStoreUrl === undefined)
        throw new AwsError(
          'NotImplemented',
          501,
          'This installation uses an S3 of its own; send S3 requests there.',
        );
      await proxyS3(edge, response, { services, objectStoreUrl, serviceAuthorization });
    } catch (error) {
      if (response.headersSent) response.destroy();
      else answerS3Error(toAwsError(error, unexpected), edge, response);
    }
  };

  const health = async (response: ServerResponse): Promise<void> => {
    const ready = await options.isReady();
    response.writeHead(ready ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: ready ? 'ready' : 'starting' }));
  };

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const edge = readEdge(incoming, randomUUID());
    const service = credentialScopeService(edge.headers, edge.rawQuery);
    if (service === undefined && edge.rawPath === '/health') return health(response);
    const traceparent = incoming.headers['traceparent'];
    return continueTrace(typeof traceparent === 'string' ? traceparent : undefined, () =>
      inSpan(`gateway ${service ?? 'unsigned'}`, { 'http.request.method': edge.method }, () =>
        service === 's3' ? s3(edge, response) : api(edge, response, service),
      ),
    );
  };

  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    response.on('error', () => undefined);
    serve(incoming, response).catch((error: unknown) => {
      unexpected(error);
      response.destroy();
    });
  };
  const server = createServer({ maxHeaderSize: 32 * 1024 }, listener);
  // The Java SDK asks before it sends a body; the answer waits until the request is allowed.
  server.on('checkContinue', listener);
  server.maxConnections = maxConnections;
  return server;
}
