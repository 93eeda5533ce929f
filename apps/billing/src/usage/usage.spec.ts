import type { MeteredLife } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import fc from 'fast-check';
import { billedQuantities } from '../rating/quantity.ts';
import {
  type MeteredUsage,
  type MeterUsage,
  ratedWorkersOf,
  type UsageEvent,
  usage,
  usageIdOf,
} from './usage.ts';

type Life = MeterUsage['life'];

const exited = (workerId: string, readyMs: number, change: Partial<Life> = {}): Life => ({
  workerId,
  jobRunId: 'run',
  attempt: 1,
  applicationId: 'application',
  accountId: '123456789012',
  workerType: 'SPARK_EXECUTOR',
  size: { vcpu: 4, memoryMb: 16_384, diskGb: 20 },
  readyMs,
  idleMs: 0,
  at: '2026-11-25T10:00:00.000Z',
  ...change,
});
const exit = (
  workerId: string,
  readyMs: number,
  change: Partial<Life> = {},
  priceListId = 'list-1',
): MeterUsage => ({
  type: 'MeterWorker',
  priceListId,
  life: exited(workerId, readyMs, change),
});
/** The same exit for the application that pays what was idled. */
const idled = (command: MeterUsage): MeterUsage => ({ ...command, type: 'MeterIdleWorker' });

/** The facts a list of exits leads to, one after the other. */
type Metered = Extract<UsageEvent, { type: 'WorkerUsageMetered' }>;
const metered = (commands: readonly MeterUsage[]): Metered[] => {
  const events: Metered[] = [];
  for (const command of commands) {
    const outcome = given(usage, events).when(command);
    if (!('events' in outcome)) continue;
    for (const event of outcome.events) if (event.type === 'WorkerUsageMetered') events.push(event);
  }
  return events;
};

it('meters a worker in whole seconds, at least 60 of them billed', () => {
  const [event] = metered([exit('w', 41_001)]);
  expect(event?.data).toMatchObject({
    usageId: usageIdOf('w'),
    jobRunId: 'run',
    attempt: 1,
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

it('keeps the identity that a usage of a run always had', () => {
  expect(usageIdOf('w')).toBe('a6be8d1fb613666523c10f9bb3eb46dd04ae9c073c72646eb6accda90a942a74');
  expect(usageIdOf('w', 'idle')).not.toBe(usageIdOf('w'));
});

it('leaves an application nothing of a worker that never idled', () => {
  expect(metered([idled(exit('cold', 41_001)), idled(exit('w', 41_001, { idleMs: 999 }))])).toEqual(
    [],
  );
});

it.each<[string, Partial<Life>, readonly unknown[][]]>([
  [
    'a run of its second attempt and the application',
    { idleMs: 30_000, attempt: 2 },
    [
      ['run', 2, 12, 30],
      [null, null, 30, 30],
    ],
  ],
  [
    'the application alone',
    { jobRunId: null, attempt: null, idleMs: 41_001 },
    [[null, null, 42, 60]],
  ],
  ['the run alone', { idleMs: 0 }, [['run', 1, 42, 60]]],
])('charges %s', (_name, change, expected) => {
  const command = exit('w', 41_001, change);
  const events = [...metered([command]), ...metered([idled(command)])];
  expect(
    events.map(({ data: { jobRunId, attempt, usedSeconds, billedSeconds } }) => [
      jobRunId,
      attempt,
      usedSeconds,
      billedSeconds,
    ]),
  ).toEqual(expected);
  for (const { data } of events) expect(data.readyMs).toBe(41_001);
});

it('reads exits and usage from before there were pools and retries', () => {
  const { attempt: _, idleMs: __, ...old } = exited('w', 41_001);
  const [event] = metered([{ ...exit('w', 1), life: old as Life }]) as [Metered];
  expect(event.data).toMatchObject({ attempt: 1, usedSeconds: 42, billedSeconds: 60 });
  const { attempt: ___, ...data } = event.data;
  const { state } = given(usage, [{ ...event, data } as UsageEvent]);
  expect(state).toEqual(given(usage, [event]).state);
});

describe('an application whose pool serves for years', () => {
  const sizes = [
    { vcpu: 1, memoryMb: 2_048, diskGb: 20 },
    { vcpu: 2, memoryMb: 8_192, diskGb: 120 },
  ];
  const exits = Array.from({ length: 230 }, (_, index) =>
    idled(
      exit(`w-${index}`, 1_000 * (index + 1), {
        jobRunId: null,
        attempt: null,
        size: sizes[index % 2] ?? exited('w', 1).size,
      }),
    ),
  );
  const events = metered(exits);
  const { state } = given(usage, events) as { state: MeteredUsage };

  it('keeps the latest workers apart and adds up those before', () => {
    expect(state.workers.map(({ workerId }) => workerId)).toEqual(
      exits.slice(-100).map(({ life: { workerId } }) => workerId),
    );
    expect(state).toMatchObject({
      jobRunId: null,
      earlier: [
        { size: sizes[0], workers: 65 },
        { size: sizes[1], workers: 65 },
      ],
    });
  });

  it('bills every worker, kept apart or not', () => {
    const each = events.map(({ data }) => data);
    expect(billedQuantities(ratedWorkersOf(state))).toEqual(billedQuantities(each));
  });
});

it('keeps every worker under the price list of its end', () => {
  const events = metered([exit('a', 1), exit('b', 1, {}, 'list-2')]);
  expect(events.map(({ data }) => data.priceListId)).toEqual(['list-1', 'list-2']);
  const { state } = given(usage, events) as { state: MeteredUsage };
  expect(state.priceListId).toBe('list-1');
  expect(state.workers.map(({ priceListId }) => priceListId)).toEqual(['list-1', 'list-2']);
});

/** Readings of a life, each with what the one before said, and then its end. */
const lifeOf = (
  workerId: string,
  readings: readonly Pick<Life, 'readyMs' | 'idleMs'>[],
  end: MeterUsage,
): readonly MeterUsage[] => {
  const told = [...readings, undefined].map((read, index): MeterUsage => {
    const metered = index === 0 ? {} : { metered: readings[index - 1] as MeteredLife };
    const so = read === undefined ? {} : { ...read, reading: index + 1 };
    return { ...end, life: { ...end.life, workerId, ...so, ...metered } };
  });
  return told;
};

it('meters a long life in parts that are one metering together, and shows it as one worker', () => {
  const end = exit('w', 4_000_500, { idleMs: 900_700 });
  const readings = [
    { readyMs: 1_800_000, idleMs: 900_700 },
    { readyMs: 3_600_000, idleMs: 900_700 },
  ];
  const events = metered(lifeOf('w', readings, end));
  expect(
    events.map(({ data: { usageId, reading, usedSeconds } }) => [usageId, reading, usedSeconds]),
  ).toEqual([
    [usageIdOf('w', 'run', 1), 1, 900],
    [usageIdOf('w', 'run', 2), 2, 1_800],
    [usageIdOf('w'), undefined, 401],
  ]);
  const { state } = given(usage, events) as { state: MeteredUsage };
  const [whole] = metered([end]);
  expect(state.workers).toEqual([
    (given(usage, [whole as UsageEvent]).state as MeteredUsage).workers[0],
  ]);
  expect(metered(lifeOf('w', readings, idled(end))).map(({ data }) => data.usedSeconds)).toEqual([
    900,
  ]);
});

it('gives back what readings had metered beyond the end', () => {
  const events = metered(
    lifeOf('w', [{ readyMs: 1_800_000, idleMs: 0 }], exit('w', 1_790_000, { idleMs: 0 })),
  );
  expect(events.map(({ data }) => data.billedSeconds)).toEqual([1_800, -10]);
});

it('meters the same in parts as at once, whatever readings say, told once or often', () => {
  const moments = fc.record({
    readyMs: fc.integer({ min: 1, max: 10_000_000 }),
    idleMs: fc.integer({ min: 0, max: 10_000_000 }),
  });
  const lives = fc.record({
    readings: fc.array(moments, { maxLength: 5 }),
    end: moments,
    served: fc.boolean(),
    told: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 6, maxLength: 6 }),
  });
  fc.assert(
    fc.property(lives, ({ readings, end, served, told }) => {
      const unserved = served ? {} : { jobRunId: null, attempt: null };
      const exitOf = exit('w', end.readyMs, { idleMs: end.idleMs, ...unserved });
      for (const command of [exitOf, idled(exitOf)]) {
        if (command === exitOf && !served) continue;
        const parts = lifeOf('w', readings, command).flatMap((part, index) =>
          Array.from({ length: told[index] ?? 1 }, () => part),
        );
        const sum = (events: readonly Metered[], member: 'usedSeconds' | 'billedSeconds') =>
          events.reduce((total, { data }) => total + data[member], 0);
        const [inParts, atOnce] = [metered(parts), metered([command])];
        for (const member of ['usedSeconds', 'billedSeconds'] as const)
          expect(sum(inParts, member)).toBe(sum(atOnce, member));
        expect(new Set(inParts.map(({ data }) => data.usageId)).size).toBe(inParts.length);
      }
    }),
  );
});

it('meters every worker once, however often and in whatever order its exit is told', () => {
  const exits = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 20 });
  fc.assert(
    fc.property(exits, (workerIds) => {
      const commands = workerIds.map((workerId) => exit(workerId, 5_000, { idleMs: 2_000 }));
      for (const events of [metered(commands), metered(commands.map(idled))]) {
        const ids = events.map(({ data }) => data.workerId);
        expect(ids).toEqual([...new Set(workerIds)]);
      }
    }),
  );
});

it('charges every second of every worker to somebody once, told once or often', () => {
  const lives = fc.uniqueArray(
    fc.record({
      workerId: fc.string({ minLength: 1, maxLength: 4 }),
      readyMs: fc.integer({ min: 0, max: 150_000 }),
      idleMs: fc.integer({ min: 0, max: 150_000 }),
      served: fc.boolean(),
    }),
    { selector: ({ workerId }) => workerId, maxLength: 20 },
  );
  fc.assert(
    fc.property(lives, fc.integer({ min: 1, max: 3 }), (workers, often) => {
      const exits = workers.map(({ workerId, readyMs, idleMs, served }) =>
        exit(workerId, readyMs, {
          idleMs: Math.min(idleMs, readyMs),
          ...(served ? {} : { jobRunId: null, attempt: null }),
        }),
      );
      const told = Array.from({ length: often }, () => exits).flat();
      const ofRuns = told.filter(({ life: { jobRunId } }) => jobRunId !== null);
      const events = [...metered(ofRuns), ...metered(told.map(idled))];
      const seconds = workers.map(({ readyMs }) => Math.ceil(readyMs / 1000));
      const sum = (parts: readonly number[]): number => parts.reduce((a, b) => a + b, 0);
      expect(sum(events.map(({ data }) => data.usedSeconds))).toBe(sum(seconds));
      expect(sum(events.map(({ data }) => data.billedSeconds))).toBe(
        sum(seconds.map((life) => (life === 0 ? 0 : Math.max(60, life)))),
      );
      expect(new Set(events.map(({ data }) => data.usageId)).size).toBe(events.length);
    }),
  );
});

describe('a correction by an operator', () => {
  const at = '2026-11-30T10:00:00.000Z';
  type Correction = Extract<UsageEvent, { type: 'UsageCorrected' }>['data'];
  const correct = (
    metering: Metered['data'],
    seconds: number,
    earlier: readonly Correction[] = [],
  ) =>
    ({
      type: 'CorrectUsage',
      metering,
      earlier,
      seconds,
      reason: 'its clock was wrong',
      by: 'ops',
      at,
    }) as const;

  it('says of how many seconds a usage is, and what that adds', () => {
    const [event] = metered([exit('w', 41_001)]) as [Metered];
    const first = given(usage, [event]).when(correct(event.data, 10));
    const [corrected] = 'events' in first ? first.events : [];
    expect(corrected).toMatchObject({
      type: 'UsageCorrected',
      data: {
        usageId: usageIdOf('w'),
        usageAt: event.data.at,
        seconds: 10,
        added: { usedSeconds: -32, billedSeconds: -50 },
        reason: 'its clock was wrong',
        by: 'ops',
        at,
      },
    });
    const { state } = given(usage, [event, corrected as UsageEvent]) as { state: MeteredUsage };
    expect(state.workers).toMatchObject([{ usedSeconds: 10, billedSeconds: 10, lifeSeconds: 10 }]);
    const earlier = [corrected?.data as Correction];
    const second = given(usage, []).when(correct(event.data, 90, earlier));
    const [again] = 'events' in second ? second.events : [];
    expect(again?.data).toMatchObject({ added: { usedSeconds: 80, billedSeconds: 80 } });
    expect(again?.data).not.toMatchObject({ correctionId: earlier[0]?.correctionId });
    expect(given(usage, []).when(correct(event.data, 10, earlier))).toEqual({
      refused: `Conflict: usage ${usageIdOf('w')} is of 10 seconds already`,
    });
  });

  it('counts for a pool whose worker is not kept apart any more', () => {
    const told = Array.from({ length: 150 }, (_, index) =>
      idled(exit(`w-${index}`, 100_000, { jobRunId: null, attempt: null })),
    );
    const events = metered(told);
    for (const [index, seconds] of [
      [0, 15_000 - 90],
      [149, 15_000 - 90],
    ] as const) {
      const outcome = given(usage, events).when(correct((events[index] as Metered).data, 10));
      const corrections = 'events' in outcome ? outcome.events : [];
      const { state } = given(usage, [...events, ...corrections]) as { state: MeteredUsage };
      expect(ratedWorkersOf(state).reduce((sum, { billedSeconds }) => sum + billedSeconds, 0)).toBe(
        seconds,
      );
    }
  });
});
