/** Starts OpenTelemetry's Node SDK when, and only when, there is somewhere to send traces to. */

/** Stops telemetry, sending what is still held. */
export type StopTelemetry = () => Promise<void>;

/**
 * The SDK is loaded only when an OTLP endpoint is named: an idle stack of ten processes must not pay
 * for tracing that nobody reads.
 */
export async function startTelemetry(
  serviceName: string,
  otlpEndpoint: string | undefined,
): Promise<StopTelemetry> {
  if (!otlpEndpoint) return async () => {};
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const sdk = new NodeSDK({
    serviceName,
    traceExporter: new OTLPTraceExporter({ url: `${otlpEndpoint.replace(/\/$/, '')}/v1/traces` }),
    instrumentations: [],
  });
  sdk.start();
  return () => sdk.shutdown();
}
