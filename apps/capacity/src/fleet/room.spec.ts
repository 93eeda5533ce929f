import { fits, roomInAccount, roomInApplication, roomInZone, sumOf, times } from './room.ts';
import { medium, small, workerOf } from './sample.ts';

const zone = { zone: 'zone-a', vcpu: 16, memoryMb: 65_536 };
const endless = Number.POSITIVE_INFINITY;

it('adds sizes up', () => {
  expect(sumOf([])).toEqual({ vcpu: 0, memoryMb: 0, diskGb: 0 });
  expect(sumOf([small, medium])).toEqual({ vcpu: 5, memoryMb: 18_432, diskGb: 40 });
});

it.each([
  ['the processors decide', { vcpu: 9, memoryMb: 999_999, diskGb: endless }, 2],
  ['the memory decides', { vcpu: 99, memoryMb: 16_384, diskGb: endless }, 1],
  ['the disk decides', { vcpu: 99, memoryMb: 999_999, diskGb: 79 }, 3],
  ['nothing is left', { vcpu: 0, memoryMb: 0, diskGb: 0 }, 0],
  ['a lowered limit leaves less than nothing', { vcpu: -8, memoryMb: -1, diskGb: 0 }, 0],
])('counts how often a worker fits when %s', (_name, room, count) => {
  expect(times(room, medium)).toBe(count);
});

it.each([
  [{ vcpu: 4, memoryMb: 16_384, diskGb: 20 }, true],
  [{ vcpu: 3, memoryMb: 16_384, diskGb: 20 }, false],
  [{ vcpu: 4, memoryMb: 16_383, diskGb: 20 }, false],
  [{ vcpu: 4, memoryMb: 16_384, diskGb: 19 }, false],
])('%j takes 4 vCPU, 16 GB, 20 GB: %s', (room, taken) => {
  expect(fits(room, medium)).toBe(taken);
});

it('counts the workers of the zone itself, and no disk', () => {
  const workers = [workerOf(0), workerOf(1, { zone: 'zone-b' })];
  expect(roomInZone(zone, workers)).toEqual({ vcpu: 12, memoryMb: 49_152, diskGb: endless });
});

it('counts every worker of the application against its maximum, in whatever zone and run', () => {
  const maximumCapacity = { vcpu: 16, memoryMb: 65_536, diskGb: null };
  const workers = [
    workerOf(0),
    workerOf(1, { zone: 'zone-b', jobRunId: 'other' }),
    workerOf(2, { applicationId: 'another' }),
  ];
  expect(roomInApplication('app', maximumCapacity, workers)).toEqual({
    vcpu: 8,
    memoryMb: 32_768,
    diskGb: endless,
  });
  expect(roomInApplication('app', null, workers).vcpu).toBe(endless);
});

it('counts the account’s vCPUs over all its applications (reference §4.8)', () => {
  const workers = [
    workerOf(0),
    workerOf(1, { applicationId: 'another' }),
    workerOf(2, { accountId: '999999999999' }),
  ];
  const { vcpu, memoryMb } = roomInAccount('123456789012', 16, workers);
  expect([vcpu, memoryMb]).toEqual([8, endless]);
  expect(roomInAccount('123456789012', null, workers).vcpu).toBe(endless);
});
