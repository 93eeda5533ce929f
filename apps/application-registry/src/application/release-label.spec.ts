import { engineOf, requireReleased } from './release-label.ts';

describe('release labels (row 27)', () => {
  it.each([
    'emr-6.6.0',
    'emr-6.15.0',
    'emr-7.0.0',
    'emr-7.14.0',
    'emr-7.12.0-latest',
    'emr-7.12.0-20260101',
    'emr-spark-8.0-preview',
    'emr-spark-8.0.0',
    'emr-spark-8.1.0-latest',
  ])('%s runs Spark', (label) => {
    expect(() => requireReleased('Spark', label)).not.toThrow();
  });

  it.each(['emr-6.6.0', 'emr-7.14.0'])('%s runs Hive', (label) => {
    expect(() => requireReleased('Hive', label)).not.toThrow();
  });

  it.each<['Spark' | 'Hive', string]>([
    ['Spark', 'emr-6.5.0'],
    ['Spark', 'emr-6.16.0'],
    ['Spark', 'emr-7.15.0'],
    ['Spark', 'emr-7.12.1'],
    ['Spark', 'emr-7.12.0-newest'],
    ['Spark', 'emr-7.12.0-2026'],
    ['Spark', 'emr-5.36.0'],
    ['Spark', 'emr-spark-8.2.0'],
    ['Spark', 'EMR-7.12.0'],
    ['Spark', ''],
    ['Hive', 'emr-spark-8.0.0'],
    ['Hive', 'emr-spark-8.0-preview'],
  ])('%s has no %s', (engine, label) => {
    expect(() => requireReleased(engine, label)).toThrow(
      `Type '${engine.toUpperCase()}' is not supported for release label '${label}' or release label does not exist`,
    );
  });
});

it.each([
  ['SPARK', 'Spark'],
  ['spark', 'Spark'],
  ['HiVe', 'Hive'],
])('reads the type %s as %s (row 10)', (type, engine) => {
  expect(engineOf(type)).toBe(engine);
});

it.each(['Trino', '', 'constructor', '__proto__'])('knows no engine %j (row 10)', (type) => {
  expect(() => engineOf(type)).toThrow(`Unsupported engine ${type}`);
});
