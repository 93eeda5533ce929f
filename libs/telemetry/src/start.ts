/** Starts OpenTelemetry's Node SDK when, and only when, there is somewhere to send traces and metrics to. */

/** Stops telemetry, sending what is still held. */
export type StopTelemetry = () => Promise<void>;

/**
 * The SDK is loaded only when an OTLP endpoint is named: an idle stack of ten processes must not pay
 * for telemetry that nobody reads. Metrics go out every minute.
 */
export async function startTelemetry(
  serviceName: string,
  otlpEndpoint: string | undefined,
  exportIntervalMillis = 60_000,
): Promise<StopTelemetry> {
  if (!otlpEndpoint) return async () => {};
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-http');
  const { PeriodicExportingMetricReader } = await import('@opentelemetry/sdk-metrics');
  const base = otlpEndpoint.replace(/\/$/, '');
  const exporter = new OTLPMetricExporter({ url: `${base}/v1/metrics` });
  const sdk = new NodeSDK({
    serviceName,
    traceExporter: new OTLPTraceExporter({ url: `${base}/v1/traces` }),
    metricReaders: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis })],
    instrumentations: [],
  });
  sdk.start();
  return () => sdk.shutdown();
}
