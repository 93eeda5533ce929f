/** The Express application every internal service starts from: health, tokens, JSON, failures. */
import { continueTrace, inSpan } from '@firesteel/telemetry/spans';
import express, { type Express, type RequestHandler, type Router } from 'express';
import { failureHandler } from './errors.ts';
import { jsonBody } from './json-body.ts';
import { verifyServiceToken } from './service-token.ts';

export type InternalAppOptions = {
  readonly serviceKey: Buffer;
  readonly log: { error: (object: object, message: string) => void };
  /** True once the service can do its work; until then `/health` answers 503. */
  readonly isReady: () => boolean;
  readonly routes: Router;
};

const health =
  (isReady: () => boolean): RequestHandler =>
  (_request, response) => {
    const ready = isReady();
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'starting' });
  };

const requireService =
  (key: Buffer): RequestHandler =>
  (request, response, next) => {
    const service = verifyServiceToken(key, request.headers.authorization);
    if (service) return next();
    response.status(401).json({ kind: 'Denied', message: 'a service token is needed' });
  };

const traced: RequestHandler = (request, response, next) => {
  const traceparent = request.headers['traceparent'];
  continueTrace(typeof traceparent === 'string' ? traceparent : undefined, () =>
    inSpan(
      `${request.method} ${request.path.split('/').slice(0, 3).join('/')}`,
      {},
      () =>
        new Promise<void>((resolve) => {
          response.once('close', resolve);
          next();
        }),
    ),
  ).catch(next);
};

/** Builds the application; async handlers just throw, Express 5 forwards the rejection. */
export function internalApp(options: InternalAppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/health', health(options.isReady));
  // The body's end comes in another asynchronous context: the trace is continued after it.
  app.use(requireService(options.serviceKey), jsonBody, traced);
  app.use(options.routes);
  app.use((_request, response) => {
    response.status(404).json({ kind: 'NotFound', message: 'no such route' });
  });
  app.use(failureHandler(options.log));
  return app;
}
