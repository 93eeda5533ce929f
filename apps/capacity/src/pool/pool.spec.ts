import type { PoolEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import { after, at, poolOf } from '../fleet/sample.ts';
import { type PoolCommand, pool, refillPauseMs } from './pool.ts';

const {
  status: _s,
  zone: _z,
  reason: _r,
  failuresInARow: _f,
  lastFailureAt: _l,
  requestedAt: _q,
  ...request
} = poolOf(2);
const ask: PoolCommand = { type: 'RequestPool', request, at };
const place = (zone: string): PoolCommand => ({ type: 'PlacePool', zone, reason: 'room', at });
const ready: PoolCommand = { type: 'NotePoolReady', at };
const release: PoolCommand = { type: 'ReleasePool', reason: 'stopped', at };
const finish: PoolCommand = { type: 'FinishRelease', at };
const fail: PoolCommand = { type: 'FailPool', reason: 'too large', at };
const dies = (second: number): PoolCommand => ({
  ...{ type: 'CountPoolFailure', workerId: 'w', reason: 'no runtime', at: after(second) },
});

const leading = (...commands: readonly PoolCommand[]): PoolEvent[] => {
  const events: PoolEvent[] = [];
  for (const command of commands) {
    const outcome = given(pool, events).when(command);
    if ('events' in outcome) events.push(...outcome.events);
  }
  return events;
};

it.each<[string, readonly PoolCommand[], PoolCommand, readonly string[]]>([
  ['is asked for', [], ask, ['PoolRequested']],
  ['is asked for once', [ask], ask, []],
  ['is placed', [ask], place('a'), ['PoolPlaced']],
  ['is placed where it is', [ask, place('a')], place('a'), []],
  ['moves', [ask, place('a'), ready], place('b'), ['PoolPlaced']],
  ['is ready', [ask], ready, ['PoolReady']],
  ['is ready once', [ask, ready], ready, []],
  ['fails while it starts', [ask], fail, ['PoolFailed']],
  ['does not fail any more once it was ready', [ask, ready], fail, []],
  ['is released', [ask, ready], release, ['PoolReleasing']],
  ['is released while it starts', [ask], release, ['PoolReleasing']],
  ['is released once', [ask, release], release, []],
  ['is gone when its last worker is', [ask, release], finish, ['PoolReleased']],
  ['is not gone before it was released', [ask, ready], finish, []],
  ['is not ready when it is released', [ask, release], ready, []],
  ['is not placed when it is released', [ask, release], place('a'), []],
  ['is asked for again after its release', [ask, release, finish], ask, ['PoolRequested']],
  ['is asked for again while the last one goes', [ask, release], ask, ['PoolRequested']],
  ['is asked for again after it failed', [ask, fail], ask, ['PoolRequested']],
  ['that failed need not be released', [ask, fail], release, []],
  ['counts a worker that died', [ask], dies(0), ['PoolWorkerFailed']],
  [
    'fails with the third in a row',
    [ask, dies(0), dies(1)],
    dies(2),
    ['PoolWorkerFailed', 'PoolFailed'],
  ],
  ['forgets after ten minutes', [ask, dies(0), dies(1)], dies(602), ['PoolWorkerFailed']],
  ['never fails once it was ready', [ask, ready, dies(0), dies(1)], dies(2), ['PoolWorkerFailed']],
  ['that never was has no failures', [], dies(0), []],
])('a pool %s', (_name, before, command, types) => {
  const outcome = given(pool, leading(...before)).when(command);
  expect('events' in outcome && outcome.events.map(({ type }) => type)).toEqual(types);
});

it.each([
  [0, 0],
  [1, 1_000],
  [2, 2_000],
  [5, 16_000],
  [30, 60_000],
])('replaces after %d failures with a pause of %d ms', (failuresInARow, pauseMs) => {
  expect(refillPauseMs(poolOf(1, { failuresInARow }))).toBe(pauseMs);
});
