import { median, pairedRatios, summarize } from './statistics.ts';

describe('median', () => {
  it('is the middle one, or lies between the middle two', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([7])).toBe(7);
    expect(median([])).toBeNaN();
  });

  it('sorts numbers as numbers and leaves the list alone', () => {
    const values = [100, 20, 3];
    expect(median(values)).toBe(20);
    expect(values).toEqual([100, 20, 3]);
  });
});

describe('summarize', () => {
  it('gives median and range', () => {
    expect(summarize([30, 10, 20, 90])).toEqual({ p50: 25, p99: 90, min: 10, max: 90 });
  });

  it('takes as many values as a quick machine measures', () => {
    const values = Array.from({ length: 300_000 }, (_, index) => index);
    expect(summarize(values)).toMatchObject({ min: 0, max: 299_999 });
  });

  it('says nothing of nothing', () => {
    expect(summarize([])).toBeUndefined();
  });
});

describe('pairedRatios', () => {
  it('divides within a round only', () => {
    const cold = [
      { round: 1, value: 120 },
      { round: 2, value: 300 },
      { round: 3, value: 100 },
    ];
    const standalone = [
      { round: 3, value: 50 },
      { round: 1, value: 100 },
    ];
    expect(pairedRatios(cold, standalone)).toEqual([1.2, 2]);
  });
});
