import { context, propagation, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { continueTrace, currentTraceparent, inSpan } from './spans.ts';

const exporter = new InMemorySpanExporter();
const processor = new SimpleSpanProcessor({ exporter });
const sdk = new NodeSDK({ spanProcessors: [processor], instrumentations: [] });

beforeAll(() => sdk.start());
afterAll(async () => {
  await sdk.shutdown();
  trace.disable();
  context.disable();
  propagation.disable();
});

it('carries a trace over a process boundary by its traceparent', async () => {
  const traceparent = await inSpan('gateway', {}, async () => currentTraceparent());
  expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  await continueTrace(traceparent, () => inSpan('scheduler', {}, async () => undefined));
  await processor.forceFlush();
  const spans = exporter.getFinishedSpans();
  const traceIds = new Set(spans.map((span) => span.spanContext().traceId));
  expect([spans.map(({ name }) => name), traceIds.size]).toEqual([['gateway', 'scheduler'], 1]);
});

it('marks a failed span and lets the error through', async () => {
  exporter.reset();
  await expect(
    inSpan('broken', {}, async () => {
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  await processor.forceFlush();
  expect(exporter.getFinishedSpans().map(({ status }) => status.message)).toEqual(['Error: no']);
});
