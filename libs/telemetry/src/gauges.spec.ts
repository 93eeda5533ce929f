import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { observe } from './gauges.ts';

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
const provider = new MeterProvider({ readers: [reader] });
beforeAll(() => {
  metrics.setGlobalMeterProvider(provider);
});
afterAll(async () => {
  await provider.shutdown();
  metrics.disable();
});

it('measures once a collection, for all instruments', async () => {
  let measured = 0;
  const instruments = [
    { name: 'Level', unit: 'GB', description: 'how much there is' },
    { name: 'Total', unit: 'By', description: 'how much there was', grows: true },
  ] as const;
  observe(instruments, async () => {
    measured += 1;
    return [{ values: { Level: 3, Total: 7 }, attributes: { JobId: 'a' } }];
  });
  await reader.forceFlush();
  const [resource] = exporter.getMetrics();
  const series = (resource?.scopeMetrics ?? []).flatMap(({ metrics: all }) =>
    all.map(({ descriptor, dataPoints }) => [
      descriptor.name,
      descriptor.unit,
      dataPoints.map(({ value, attributes }) => [value, attributes]),
    ]),
  );
  expect([measured, series]).toEqual([
    1,
    [
      ['Level', 'GB', [[3, { JobId: 'a' }]]],
      ['Total', 'By', [[7, { JobId: 'a' }]]],
    ],
  ]);
});
