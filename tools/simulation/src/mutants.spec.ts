import { applies, findingOf, mutants } from './mutants.ts';

describe('a simulation of a broken product', () => {
  it.each(mutants)('can still be made: %s', (mutant) => {
    expect(applies(mutant)).toBe(true);
  });

  it.each([
    ['counted-twice.patch', /worker .* are billed|worker .* used|worker .* alive/],
    ['swallowed-conflict.patch', /is not what its events say|version|failed|acknowledged|streams/],
  ])('finds %s', (mutant, finding) => {
    expect(findingOf(mutant, 30)).toMatch(finding);
  });
});
