import { capacityOf, zonesOf } from './capacity-view.ts';
import { after, allocationOf, at, planOf, poolOf, poolWorkerOf, workerOf } from './fleet/sample.ts';

const zone = (name: string, connected = true) => ({
  ...{
    zone: name,
    connected,
    vcpu: 16,
    memoryMb: 65_536,
    lastSeenAt: at,
    silentMs: 0,
    proof: null,
  },
});

it('names the condition of each zone', () => {
  const impaired = { zone: 'c', impairedBy: 'operator', reason: 'works' } as const;
  const zones = zonesOf([zone('c'), zone('b', false), zone('a')], [impaired]);
  expect(zones.map(({ zone: name, state, reason }) => [name, state, reason])).toEqual([
    ['a', 'HEALTHY', ''],
    ['b', 'SILENT', ''],
    ['c', 'IMPAIRED', 'works'],
  ]);
});

it('shows who holds what, who waits for what, and what is left', () => {
  const maximumCapacity = { vcpu: 20, memoryMb: 81_920, diskGb: null };
  const plan = planOf({ maximumCapacity });
  const serving = poolWorkerOf(1, { jobRunId: 'run', attempt: 1, status: 'BOUND' });
  const leaving = workerOf(2, { status: 'BOUND', leaving: true });
  const fleet = {
    allocations: [
      allocationOf({ plan }),
      allocationOf({ jobRunId: 'next', status: 'WAITING', reason: 'no room', plan }),
      allocationOf({ jobRunId: 'other', applicationId: 'other', status: 'WAITING' }),
    ],
    workers: [poolWorkerOf(0), serving, leaving, workerOf(0, { applicationId: 'other' })],
    pools: [poolOf(1)],
    zones: [],
  };
  const ended = workerOf(3, {
    ...{ status: 'EXITED', exitedAt: after(9), exitCode: 0, stopReason: 'the run has ended' },
  });
  expect(capacityOf('app', fleet, [zone('zone-a')], [ended])).toMatchObject({
    pool: {
      status: 'READY',
      workers: [
        { workerType: 'SPARK_DRIVER', count: 1, ready: 1, serving: 0 },
        { workerType: 'SPARK_EXECUTOR', count: 1, ready: 0, serving: 1 },
      ],
    },
    workers: [{ status: 'READY', jobRunId: null }, { status: 'BOUND' }, { status: 'LEAVING' }],
    waiting: [{ jobRunId: 'next', reason: 'no room' }],
    held: { vcpu: 12, memoryMb: 49_152 },
    room: {
      application: { vcpu: 8, memoryMb: 32_768, diskGb: null },
      zones: [{ zone: 'zone-a', state: 'HEALTHY', vcpu: 0, memoryMb: 0 }],
    },
    recent: [
      { at: after(9), what: 'run-3 ended with 0', reason: 'the run has ended' },
      { at, what: 'run-3 was asked for', reason: '' },
    ],
  });
});
