import { codeOf, stepAt, stepsOf } from './totp.ts';

/** The secret of the test vectors of RFC 4226 and RFC 6238. */
const seed = Buffer.from('12345678901234567890', 'latin1');

it.each([
  '755224',
  '287082',
  '359152',
  '969429',
  '338314',
  '254676',
  '287922',
  '162583',
  '399871',
  '520489',
])('is HOTP of its step (RFC 4226, appendix D): %s', (code) => {
  const all = Array.from({ length: 10 }, (_, step) => codeOf(seed, step));
  expect(all).toContain(code);
});

// The last six of the eight digits that the RFC prints.
it.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('is TOTP of second %d (RFC 6238, appendix B): %s', (second, code) => {
  expect(codeOf(seed, stepAt(second * 1_000))).toBe(code);
});

const around = 1_000;
const code = (step: number): string => codeOf(seed, step);

it.each<[string, string[], number, number[]]>([
  ['the step itself', [code(1_000)], 1, [1_000]],
  ['the one before', [code(999)], 1, [999]],
  ['the one after', [code(1_001)], 1, [1_001]],
  ['none that is too old', [code(998)], 1, []],
  ['none that is to come', [code(1_002)], 1, []],
  ['more of them in a wider window', [code(990)], 10, [990]],
  ['the last of two', [code(999), code(1_000)], 1, [1_000]],
  ['the last of two, the first of which is too old alone', [code(998), code(999)], 1, [999]],
  ['no two in the wrong order', [code(1_000), code(999)], 1, []],
  ['no two with one between', [code(998), code(1_000)], 1, []],
  ['no code twice', [code(1_000), code(1_000)], 1, []],
  ['nothing of another length', ['12345'], 1, []],
  ['nothing that is no code', ['abcdef'], 1, []],
])('finds %s', (_name, codes, reach, steps) => {
  expect(stepsOf(seed, codes, { around, reach })).toEqual(steps);
});

it('looks at no step before the first', () => {
  expect(stepsOf(seed, [code(0)], { around: 0, reach: 1 })).toEqual([0]);
});
