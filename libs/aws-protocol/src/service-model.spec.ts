import { parseArn } from './ids.ts';
import { RELAXATIONS } from './relaxations.ts';
import {
  findOperation,
  loadModel,
  operationOf,
  type ServiceName,
  shapeOf,
} from './service-model.ts';
import { violations } from './validation.ts';

const SERVICES: ServiceName[] = ['emr-serverless', 'iam', 'sts'];

it('offers the operations of the three services, without documentation', () => {
  const names = SERVICES.map((service) => Object.keys(loadModel(service).operations).length);
  expect(names).toEqual([22, 119, 5]);
  for (const service of SERVICES) {
    expect(JSON.stringify(loadModel(service))).not.toContain('documentation');
  }
  expect(loadModel('sts')).toBe(loadModel('sts'));
});

it.each(SERVICES)('refers only to shapes that %s has, with patterns that compile', (service) => {
  const model = loadModel(service);
  for (const [name, shape] of Object.entries(model.shapes)) {
    const references = [
      shape.member,
      shape.key,
      shape.value,
      ...Object.values(shape.members ?? {}),
    ];
    for (const reference of references) if (reference) shapeOf(model, reference.shape);
    if (shape.type === 'string') expect(violations(model, name, 'a')).toBeInstanceOf(Array);
  }
});

it('knows every place that a member of EMR Serverless travels in', () => {
  const members = Object.values(loadModel('emr-serverless').shapes).flatMap((shape) =>
    Object.values(shape.members ?? {}),
  );
  expect(new Set(members.map((member) => member.location))).toEqual(
    new Set([undefined, 'uri', 'querystring']),
  );
});

it('does not take names of the prototype for operations', () => {
  const model = loadModel('iam');
  for (const name of ['constructor', '__proto__', 'toString']) {
    expect(findOperation(model, name)).toBeUndefined();
  }
  expect(() => operationOf(model, 'CreateSAMLProvider')).toThrow('no operation');
  expect(() => shapeOf(model, 'Nothing')).toThrow('no shape');
});

const model = loadModel('emr-serverless');
const breaks = (shape: string, value: string): boolean =>
  violations(model, shape, value).length > 0;

it('relaxes only shapes that exist, and names the row', () => {
  for (const { shape, row } of RELAXATIONS) {
    expect(shapeOf(model, shape).type).toBe('string');
    expect([9, 19, 28]).toContain(row);
  }
});

it('row 9: an odd id is valid, an empty or too long one is not', () => {
  for (const shape of ['ApplicationId', 'JobRunId', 'SessionId', 'ResourceId']) {
    expect(breaks(shape, 'NOT an id!')).toBe(false);
    expect(breaks(shape, '')).toBe(true);
    expect(breaks(shape, 'a'.repeat(65))).toBe(true);
  }
});

it('row 19: every spelling of a worker type is valid', () => {
  const spellings = ['DRIVER', 'Driver', 'SPARK_DRIVER', 'TEZ_TASK', 'TezTask', 'HIVE_TEZ_TASK'];
  for (const spelling of spellings) expect(breaks('WorkerTypeString', spelling)).toBe(false);
  expect(breaks('WorkerTypeString', '_')).toBe(true);
});

it('row 20: tags may be put on sessions', () => {
  const arn = 'arn:aws:emr-serverless:us-east-1:123456789012:/applications/00f1/sessions/00g2';
  expect(breaks('ResourceArn', arn)).toBe(false);
  expect(parseArn(arn)?.kind).toBe('session');
});

it('row 28: any image reference and any remote-write URL are valid', () => {
  for (const image of ['apache/spark:4.0', 'localhost:5000/a/b@sha256:00', 'python']) {
    expect(breaks('ImageUri', image)).toBe(false);
  }
  expect(breaks('ImageUri', 'a b')).toBe(true);
  expect(breaks('PrometheusUrlString', 'http://prometheus:9090/api/v1/write')).toBe(false);
  expect(breaks('PrometheusUrlString', 'ftp://prometheus')).toBe(true);
});

it('matches multi-line text, in linear time', () => {
  expect(breaks('Query', 'SELECT 1\nFROM t')).toBe(false);
  expect(breaks('SparkSubmitParameters', ' \n ')).toBe(true);
  const start = process.cpuUsage().user;
  expect(breaks('SparkSubmitParameters', `${'a'.repeat(100_000)}\n`)).toBe(false);
  expect(breaks('UriString', `${'a'.repeat(5000)}\n\u0001\n${'b'.repeat(5000)}`)).toBe(false);
  expect(breaks('SparkSubmitParameters', ' '.repeat(100_000))).toBe(true);
  expect(process.cpuUsage().user - start).toBeLessThan(2_000_000);
});
