import type { SeenZone } from '../fleet/zones.ts';
import type { Worker } from '../worker/worker.ts';
import { lagMs, readingsOf } from './meter-readings.ts';

const everyMs = 1_800_000;
const zone = (change: Partial<SeenZone> = {}): SeenZone => ({
  zone: 'zone-a',
  vcpu: 8,
  memoryMb: 32_768,
  connected: true,
  lastSeenAt: '2026-11-27T10:00:00.000Z',
  silentMs: 0,
  proof: { at: '2026-11-27T10:00:00.000Z', agoMs: 0 },
  ...change,
});
const proven = (agoMs: number): Partial<SeenZone> => ({ proof: { at: '', agoMs } });
const worker = (change: Partial<Worker> = {}): Worker =>
  ({ workerId: 'w', status: 'BOUND', zone: 'zone-a', ...change }) as Worker;
const read = (readyMs: number) => ({ reading: 1, readyMs, idleMs: 0 });

it.each<[string, Partial<Worker>, Partial<SeenZone>, number, number | null, number]>([
  ['nothing of a young one', {}, {}, 1_000, null, everyMs + lagMs - 1_000],
  ['nothing until an end that is on its way would have come', {}, {}, everyMs, null, lagMs],
  ['the first half hour', {}, {}, everyMs + lagMs, everyMs, everyMs],
  ['nothing that is not proven', {}, proven(1), everyMs + lagMs, null, 1],
  [
    'nothing while reports of ends may be on their way',
    {},
    { proof: null },
    everyMs * 2,
    null,
    lagMs,
  ],
  ['nothing again', { metered: read(everyMs) }, {}, everyMs + lagMs + 1, null, everyMs - 1],
  ['the next', { metered: read(everyMs) }, {}, 2 * everyMs + lagMs, 2 * everyMs, everyMs],
  ['all that was missed at once', {}, {}, 5 * everyMs + lagMs + 7, 5 * everyMs, everyMs - 7],
])('reads %s', (_name, change, seen, aliveMs, readyMs, nextMs) => {
  const one = worker(change);
  const meters = { seen: [zone(seen)], everyMs, atLeastMs: () => aliveMs };
  expect(readingsOf([one], meters)).toEqual([{ worker: one, readyMs, nextMs }]);
});

it.each<[string, Partial<Worker>, readonly SeenZone[]]>([
  ['was never ready', { status: 'LAUNCHED' }, [zone()]],
  ['has ended', { status: 'EXITED' }, [zone()]],
  ['has an agent that is away', {}, [zone({ connected: false })]],
  ['has an agent that was never heard', {}, []],
])('reads nothing of one that %s', (_name, change, seen) => {
  const meters = { seen, everyMs, atLeastMs: () => 10 * everyMs };
  expect(readingsOf([worker(change)], meters)).toEqual([]);
});
