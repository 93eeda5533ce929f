/** One place where a failure becomes an HTTP answer between our own services. */
import { type RefusalKind, Refused } from '@firesteel/decider/refused';
import type { ErrorRequestHandler } from 'express';
import { ZodError } from 'zod';

/** Statuses between services; the gateway turns the kind into the protocol's own error. */
export const statusOf: Readonly<Record<RefusalKind, number>> = {
  Invalid: 400,
  Denied: 403,
  NotFound: 404,
  Conflict: 409,
  QuotaExceeded: 402,
};

/** The body of every failure between our services. */
export type FailureBody = { readonly kind: RefusalKind | 'Defect'; readonly message: string };

/** What Express itself refuses carries a 4xx status: a body too large, an unknown charset, a path that cannot be decoded. */
const isMalformed = (error: unknown): error is Error =>
  error instanceof ZodError ||
  error instanceof SyntaxError ||
  (error instanceof Error &&
    'status' in error &&
    typeof error.status === 'number' &&
    error.status >= 400 &&
    error.status < 500);

/** Refusals keep their kind and sentence, malformed bodies are `Invalid`, the rest is a defect and is logged. */
export const failureHandler =
  (log: { error: (object: object, message: string) => void }): ErrorRequestHandler =>
  (error, request, response, _next) => {
    if (error instanceof Refused) {
      response.status(statusOf[error.kind]).json({ kind: error.kind, message: error.message });
      return;
    }
    if (isMalformed(error)) {
      response.status(400).json({ kind: 'Invalid', message: error.message });
      return;
    }
    log.error({ err: error, path: request.path }, 'request failed');
    response.status(500).json({ kind: 'Defect', message: 'internal failure' });
  };
