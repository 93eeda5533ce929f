import { type Look, silenceAfter } from './silence.ts';

const silent: Look = { answered: false, tookMs: 10_000, longestMs: 10_250 };
const answered: Look = { ...silent, answered: true };
const late: Look = { ...silent, tookMs: 11_251 };

it.each<[string, readonly Look[], number]>([
  ['adds up', [silent, silent, silent], 30_000],
  ['begins anew with an answer, however slow', [silent, silent, answered, silent], 10_000],
  ['does not count looks that were late themselves', [silent, silent, late, late], 0],
  ['begins anew after the machine has slept', [silent, late, silent], 10_000],
])('silence %s', (_name, looks, silentMs) => {
  expect(looks.reduce(silenceAfter, 0)).toBe(silentMs);
});
