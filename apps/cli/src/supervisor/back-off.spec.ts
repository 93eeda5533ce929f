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
  it('begins anew after 30 healthy seconds', () => {
    expect(delaysOf([0, 0, 30_000, 29_999])).toEqual([250, 500, 250, 500]);
  });
  it('never overflows', () => {
    expect(delayMs({ crashes: 5_000 })).toBe(10_000);
    expect(delayMs(noCrashes)).toBe(0);
  });
});
