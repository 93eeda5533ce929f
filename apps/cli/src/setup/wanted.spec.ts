import type { Installation, Runtime } from './installation.ts';
import type { Lock } from './lock.ts';
import type { LockedRuntime } from './runtime.ts';
import {
  bareLabel,
  linesOf,
  requireRemovable,
  runtimesFor,
  wantedBy,
  withLabel,
} from './wanted.ts';

const line = (label: string, version: string): LockedRuntime => ({
  label,
  spark: { version, requirement: `pyspark==${version}`, files: [] },
  maven: [],
  conf: {},
});
const lock: Lock = {
  java: { major: 17, requirement: 'java==17', files: [] },
  tpchgen: { requirement: 'tpchgen==1', files: [] },
  kafka: { version: '4', maven: [] },
  defaultRuntime: 'emr-7.13.0',
  runtimes: [
    line('emr-6.15.0', '3.4.1'),
    line('emr-7.13.0', '3.5.6'),
    line('emr-spark-8.0.0', '4.1.4'),
  ],
  texts: [],
};
const runtime = (label: string): Runtime => ({
  label,
  sparkVersion: '1',
  sparkHome: `/cache/spark/${label}`,
  pythonPath: [],
  classPath: [],
  jvmOptions: [],
  conf: {},
});
const installation = (runtimes: Record<string, Runtime>): Installation => ({
  key: '',
  javaHome: '',
  javaBin: '',
  python: '',
  kafka: { version: '', libDir: '' },
  runtimes,
  tpchgen: '',
  examplesJar: '',
});
const onlyDefault = { 'emr-7.13.0': 'emr-7.13.0' };

describe('wanted labels', () => {
  it('are the default one until others are added', () => {
    expect(wantedBy(undefined, lock)).toEqual(onlyDefault);
    const added = installation({
      'emr-6.9.0': runtime('emr-7.13.0'),
      'emr-spark-8.0.0': runtime('emr-spark-8.0.0'),
    });
    expect(wantedBy(added, lock)).toEqual({
      ...onlyDefault,
      'emr-6.9.0': 'emr-7.13.0',
      'emr-spark-8.0.0': 'emr-spark-8.0.0',
    });
  });
  it('need each line once, the default’s first', () => {
    const wanted = { ...onlyDefault, 'emr-6.15.0': 'emr-6.15.0', 'emr-6.9.0': 'emr-7.13.0' };
    expect(linesOf(wanted, lock).map(({ label }) => label)).toEqual(['emr-7.13.0', 'emr-6.15.0']);
  });
  it('keep what was installed by a checkout that knew more', () => {
    const wanted = { ...onlyDefault, 'emr-9.0.0': 'emr-9.0.0', 'emr-10.0.0': 'emr-10.0.0' };
    const now = runtime('emr-7.13.0');
    const before = { 'emr-9.0.0': runtime('emr-9.0.0'), 'emr-7.13.0': runtime('old') };
    expect(runtimesFor(wanted, [now], before)).toEqual({
      'emr-7.13.0': now,
      'emr-9.0.0': before['emr-9.0.0'],
    });
  });
});

describe('adding a label', () => {
  it.each([
    ['emr-spark-8.0.0', undefined, 'emr-spark-8.0.0'],
    ['emr-6.9.0', 'emr-7.13.0', 'emr-7.13.0'],
    ['emr-spark-8.0-preview', 'emr-spark-8.0.0', 'emr-spark-8.0.0'],
    ['emr-spark-8.0.0', 'emr-7.13.0', 'emr-7.13.0'],
  ])('%s as %s', (label, asLine, served) => {
    expect(withLabel(onlyDefault, lock, label, asLine)).toEqual({
      ...onlyDefault,
      [label]: served,
    });
  });
  it.each([
    [
      'emr-6.9.0',
      undefined,
      /^There is no runtime for emr-6.9.0. There are: .*emr-spark-8.0.0 \(Spark 4.1.4\).*runtime add emr-6.9.0 --as emr-\d/,
    ],
    ['emr-spark-8.1.0', undefined, /--as emr-spark-8.0.0\.$/],
    ['emr-spark-800', undefined, /Did you mean emr-spark-8.0.0\?/],
    ['nonsense', undefined, /^There is no runtime for nonsense. There are: [^?]*\.$/],
    ['nonsense', 'emr-7.13.0', /no release label/],
    ['emr-6.9.0', 'emr-6.8.0', /^emr-6.8.0 cannot take a label's place. There are: /],
    ['emr-7.13.0', 'emr-spark-8.0.0', /nothing can take its place/],
  ])('refuses %s as %s', (label, asLine, sentence) => {
    expect(() => withLabel(onlyDefault, lock, label, asLine)).toThrow(sentence);
  });
});

it('the default label stays', () => {
  expect(() => requireRemovable('emr-7.13.0', lock)).toThrow(/it stays/);
  expect(() => requireRemovable('emr-spark-8.0.0', lock)).not.toThrow();
});

it.each([
  ['emr-7.13.0-latest', 'emr-7.13.0'],
  ['emr-7.13.0-20260101', 'emr-7.13.0'],
  ['emr-spark-8.0-preview', 'emr-spark-8.0-preview'],
])('%s is the runtime of %s', (label, bare) => {
  expect(bareLabel(label)).toBe(bare);
});
