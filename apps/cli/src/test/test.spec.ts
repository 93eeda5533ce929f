import { fileURLToPath } from 'node:url';
import { testedPackages } from './packages.ts';
import { tally } from './reports.ts';

const report = (passed: number, failed: number, broken = 0): string =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numRuntimeErrorTestSuites: broken,
  });

describe('tally', () => {
  it('adds up', () => {
    expect(
      tally([
        ['a', report(3, 0)],
        ['b', report(4, 0)],
      ]),
    ).toEqual({ passed: 7, failed: 0, complaints: [] });
  });
  it('counts a suite that could not run as a failure', () => {
    expect(tally([['a', report(3, 1, 1)]])).toEqual({
      passed: 3,
      failed: 2,
      complaints: ['a has 2 failures'],
    });
  });
  it('complains about missing and damaged reports', () => {
    expect(
      tally([
        ['a', undefined],
        ['b', '{'],
        ['c', '{}'],
      ]).complaints,
    ).toEqual([
      'a wrote no report',
      'b wrote a report that cannot be read',
      'c wrote a report that cannot be read',
    ]);
  });
});

describe('testedPackages', () => {
  it('finds this one', () => {
    const repoDir = fileURLToPath(new URL('../../../..', import.meta.url));
    expect(testedPackages(repoDir).map(({ name }) => name)).toContain('@firesteel/cli');
  });
});
