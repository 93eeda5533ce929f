import { workerScaleFor } from './worker-scale.ts';

const gb = 2 ** 30;

describe('workerScaleFor', () => {
  it.each([
    [4, 0.05],
    [16, 0.12],
    [24, 0.19],
    [64, 0.57],
    [256, 1],
  ])('%i GB of memory: %f', (memory, scale) => {
    expect(workerScaleFor(memory * gb)).toBe(scale);
  });
});
