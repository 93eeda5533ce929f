import { isDeepStrictEqual } from 'node:util';
import { readIamCommandLine } from './command-line.ts';
import { compareEngines, differentialLines } from './differential.ts';
import { explanations } from './explained-differences.ts';
import { bestOf } from './latency.ts';
import type { Oracle } from './oracle.ts';
import { chanceFrom, randomCase } from './random-cases.ts';
import { measureSpeed } from './speed.ts';

describe('what may be asked', () => {
  it.each<[string, object]>([
    ['', {}],
    ['--seconds 2 --rate=50 --rounds 1 --json', { seconds: 2, rates: [50], rounds: 1, json: true }],
    ['--differential 200', { differential: 200 }],
    ['--differential --json', { differential: 10_000, json: true }],
    ['--differential', { differential: 10_000 }],
  ])('%j', (words, request) => {
    const usual = { seconds: 5, rates: [50, 100, 200], rounds: 3, differential: null, json: false };
    expect(readIamCommandLine(words.split(' ').filter(Boolean))).toEqual({ ...usual, ...request });
  });
  it.each([
    ['--rate 0', '--rate needs a whole number of at least 1.'],
    ['--differential no', '--differential needs a whole number of at least 1.'],
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

it('tells the best round of each measure, and every failure', () => {
  const took = (p99: number) => ({ p50: 1, p99, min: 1, max: p99 });
  const rounds = [
    { calls: 10, failed: 1, ms: took(9), emptyMs: took(2), cpuMs: 0.9 },
    { calls: 10, failed: 0, ms: took(4), emptyMs: took(3), cpuMs: null },
    { calls: 0, failed: 2, ms: undefined, emptyMs: undefined, cpuMs: 0.7 },
  ];
  expect(bestOf(200, rounds)).toEqual({
    rate: 200,
    calls: 20,
    failed: 3,
    ms: took(4),
    emptyMs: took(2),
    cpuMs: 0.7,
  });
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
