import { afterCrash, delayMs, noCrashes } from './back-off.ts';

const delaysOf = (readyMs: readonly number[]): number[] => {
  let series = noCrashes;
  return readyMs.map((each) => {
    series = afterCrash(series, each);
    return delayMs(series);
  });
};

describe('back-off', () => {
  it('doubles from 250 ms to 10 s', () => {
    expect(delaysOf(Array(8).fill(0))).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });
  it('is none for a process that had been ready for two seconds, however often', () => {
    expect(delaysOf([2_000, 3_000, 1_999, 0, 2_000, 0])).toEqual([0, 0, 250, 500, 0, 250]);
  });
  it('never overflows', () => {
    expect(delayMs({ crashes: 5_000 })).toBe(10_000);
    expect(delayMs(noCrashes)).toBe(0);
  });
});
