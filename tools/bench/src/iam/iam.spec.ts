import { isDeepStrictEqual } from 'node:util';
import { readIamCommandLine } from './command-line.ts';
import { compareEngines, differentialLines } from './differential.ts';
import { explanations } from './explained-differences.ts';
import type { Oracle } from './oracle.ts';
import { chanceFrom, randomCase } from './random-cases.ts';
import { measureSpeed } from './speed.ts';

describe('what may be asked', () => {
  it.each<[string, object]>([
    ['', { seconds: 5, rate: 200, differential: null, json: false }],
    ['--seconds 2 --rate=50 --json', { seconds: 2, rate: 50, differential: null, json: true }],
    ['--differential 10000', { seconds: 5, rate: 200, differential: 10_000, json: false }],
  ])('%j', (words, request) => {
    expect(readIamCommandLine(words.split(' ').filter(Boolean))).toEqual(request);
  });
  it.each([
    ['--rate 0', '--rate needs a whole number of at least 1.'],
    ['--differential', '--differential needs a whole number of at least 1.'],
    ['--runs 3', 'The word --runs is not known; try --help.'],
  ])('%j is a mistake', (words, sentence) => {
    expect(() => readIamCommandLine(words.split(' '))).toThrow(sentence);
  });
});

/** An engine that denies whatever it is asked. */
const denier: Oracle = { name: 'denier', decide: async () => 'ImplicitlyDenied' };

it('makes the same cases of the same seed', () => {
  const cases = (): unknown[] => {
    const chance = chanceFrom(1);
    return Array.from({ length: 20 }, () => randomCase(chance));
  };
  expect(cases()).toEqual(cases());
  expect(new Set(cases().map((one) => JSON.stringify(one))).size).toBe(20);
});

it('lists a difference that nothing explains', async () => {
  const outcome = await compareEngines(200, denier);
  const { agreed, answers, explained, unexplained } = outcome;
  const times = Object.values(explained).reduce((sum, one) => sum + one, 0);
  expect(agreed + times + unexplained.length).toBe(200);
  expect(agreed).toBe(answers['ImplicitlyDenied']);
  expect(unexplained.length).toBeGreaterThan(50);
  expect(differentialLines(outcome).at(-1)).toContain('"theirs":"ImplicitlyDenied"');
});

it('takes out of a case what an explanation is about, and leaves what has none of it', () => {
  const chance = chanceFrom(2);
  const cases = Array.from({ length: 300 }, () => randomCase(chance));
  for (const { why, without } of explanations) {
    const changed = cases.map(without);
    const untouched = changed.filter((one, at) => isDeepStrictEqual(one, cases[at]));
    expect([why, untouched.length > 0 && untouched.length < 300]).toEqual([why, true]);
    expect(changed.map(without)).toEqual(changed);
  }
});

it('gives our figure alone where there is nothing to compare with', async () => {
  const { ours, oracle, ratio } = await measureSpeed(0.1, undefined);
  expect([ours.evaluationsPerSecond > 0, ours.policies, oracle, ratio]).toEqual([
    true,
    12,
    null,
    null,
  ]);
  expect((await measureSpeed(0.1, denier)).oracle?.name).toBe('denier');
});
