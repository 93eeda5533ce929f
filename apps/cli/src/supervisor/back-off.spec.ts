import { afterCrash, delayMs, noCrashes } from './back-off.ts';

const delaysOf = (readyMs: readonly number[], killed = false): number[] => {
  let series = noCrashes;
  return readyMs.map((each) => {
    series = afterCrash(series, each, killed);
    return delayMs(series);
  });
};

describe('back-off', () => {
  it('doubles from 100 ms to 10 s', () => {
    expect(delaysOf(Array(9).fill(0))).toEqual([
      100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000,
    ]);
  });
  it('is none for a process that was killed after two seconds, however often', () => {
    expect(delaysOf([2_000, 3_000, 1_999, 0, 2_000, 0], true)).toEqual([0, 0, 100, 200, 0, 100]);
  });
  it('is none for a process that ended by itself after 30 seconds', () => {
    expect(delaysOf([2_000, 29_999, 30_000, 0])).toEqual([100, 200, 0, 100]);
  });
  it('never overflows', () => {
    expect(delayMs({ crashes: 5_000 })).toBe(10_000);
    expect(delayMs(noCrashes)).toBe(0);
  });
});
