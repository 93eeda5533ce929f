import { vcpuOf } from './config.ts';

it.each([
  ['a laptop holds one default job', 2, 0.19, 16],
  ['a larger scale than the machine offers more', 8, 0.25, 32],
  ['a server offers what it has', 64, 1, 64],
])('%s', (_name, processors, scale, vcpu) => {
  expect(vcpuOf(processors, scale)).toBe(vcpu);
});
