import { fitWorker, largestMemoryMb } from './worker-fit.ts';

const gb = (count: number): number => count * 1_024;

/** Every row of reference emr-serverless §4.1: its smallest and its largest worker. */
it.each([
  [1, 2, 8],
  [2, 4, 16],
  [4, 8, 30],
  [8, 16, 60],
  [16, 32, 120],
  [32, 60, 244],
])('%d vCPU go with %d to %d GB', (vcpu, least, most) => {
  expect(fitWorker(vcpu, 1, 20)).toEqual({ vcpu, memoryMb: gb(least), diskGb: 20 });
  expect(fitWorker(vcpu, gb(most), 20)?.memoryMb).toBe(gb(most));
  expect(fitWorker(vcpu, gb(most) + 1, 20)).toBeUndefined();
  expect(largestMemoryMb(vcpu)).toBe(gb(most));
});

it.each([
  ['memory is rounded up by 1 GB', 4, gb(15) + 1, 4, 16],
  ['… by 4 GB with 8 vCPU', 8, gb(16) + 1, 8, 20],
  ['… by 8 GB with 16 vCPU', 16, gb(32) + 1, 16, 40],
  ['… to 60, 120 or 244 GB with 32 vCPU', 32, gb(60) + 1, 32, 120],
  ['cores between two sizes take the larger', 3, gb(2), 4, 8],
  ['a fraction of a GB is a whole one', 1, gb(4) + 410, 1, 5],
])('%s', (_name, cores, memoryMb, vcpu, memoryGb) => {
  expect(fitWorker(cores, memoryMb, 200)).toEqual({ vcpu, memoryMb: gb(memoryGb), diskGb: 200 });
});

it('knows no worker with more than 32 vCPU', () => {
  expect([fitWorker(33, 1, 20), largestMemoryMb(33)]).toEqual([undefined, 0]);
});
