import { workerScaleFor } from './worker-scale.ts';

const gb = 2 ** 30;

describe('workerScaleFor', () => {
  it.each([
    [4, 1, 0.05],
    [16, 1, 0.12],
    [24, 1, 0.19],
    [64, 1, 0.57],
    [256, 1, 1],
    [24, 3, 0.06],
    [64, 3, 0.19],
  ])('%i GB of memory for %i zones: %f', (memory, zones, scale) => {
    expect(workerScaleFor(memory * gb, zones)).toBe(scale);
  });
});
