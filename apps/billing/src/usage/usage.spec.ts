import { given } from '@firesteel/decider/spec';
import fc from 'fast-check';
import { type UsageCommand, type UsageEvent, usage, usageIdOf } from './usage.ts';

const exit = (workerId: string, readyMs: number, priceListId = 'list-1'): UsageCommand => ({
  type: 'MeterWorker',
  priceListId,
  exited: {
    workerId,
    jobRunId: 'run',
    applicationId: 'application',
    accountId: '123456789012',
    workerType: 'SPARK_EXECUTOR',
    size: { vcpu: 4, memoryMb: 16_384, diskGb: 20 },
    exitCode: 0,
    reason: 'done',
    readyMs,
    at: '2026-11-25T10:00:00.000Z',
  },
});

/** The facts a list of exits leads to, one after the other. */
const metered = (commands: readonly UsageCommand[]): UsageEvent[] => {
  const events: UsageEvent[] = [];
  for (const command of commands) {
    const outcome = given(usage, events).when(command);
    if ('events' in outcome) events.push(...outcome.events);
  }
  return events;
};

it('meters a worker in whole seconds, at least 60 of them billed', () => {
  const [event] = metered([exit('w', 41_001)]);
  expect(event?.data).toMatchObject({
    usageId: usageIdOf('w'),
    readyMs: 41_001,
    usedSeconds: 42,
    billedSeconds: 60,
    priceListId: 'list-1',
  });
  expect(event?.data.usageId).toMatch(/^[0-9a-f]{64}$/);
});

it('leaves nothing of a worker that never became ready', () => {
  expect(metered([exit('w', 0)])).toEqual([]);
});

it('keeps a run under its first price list', () => {
  const events = metered([exit('a', 1), exit('b', 1, 'list-2')]);
  expect(events.map(({ data }) => data.priceListId)).toEqual(['list-1', 'list-1']);
});

it('meters every worker once, however often and in whatever order its exit is told', () => {
  const exits = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 20 });
  fc.assert(
    fc.property(exits, (workerIds) => {
      const events = metered(workerIds.map((workerId) => exit(workerId, 5_000)));
      const ids = events.map(({ data }) => data.workerId);
      expect(ids).toEqual([...new Set(workerIds)]);
    }),
  );
});
