/** Spans at the four seams and the `traceparent` that ties them together across services. */
import {
  context,
  propagation,
  ROOT_CONTEXT,
  type SpanAttributes,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

const tracer = trace.getTracer('firesteel');

/** Runs `work` in a span; a thrown error marks it and goes on. Free while no SDK is started. */
export const inSpan = <Result>(
  name: string,
  attributes: SpanAttributes,
  work: () => Promise<Result>,
): Promise<Result> =>
  tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
      throw error;
    } finally {
      span.end();
    }
  });

/** The W3C `traceparent` of the current span, or nothing outside of one. */
export const currentTraceparent = (): string | undefined => {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier['traceparent'];
};

/** Runs `work` as a continuation of the trace another service began. */
export const continueTrace = <Result>(
  traceparent: string | undefined,
  work: () => Promise<Result>,
): Promise<Result> =>
  traceparent === undefined
    ? work()
    : context.with(propagation.extract(ROOT_CONTEXT, { traceparent }), work);
