import type { GateEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import fc from 'fast-check';
import { type GateCommand, gate } from './gate.ts';

const applicationId = '00f1';
/** A moment, in seconds after a fixed one. */
const at = (seconds = 0): string =>
  new Date(Date.parse('2026-11-25T10:00:00.000Z') + seconds * 1_000).toISOString();
const open = (
  seconds = 0,
  autoStopIdleMinutes: number | null = 15,
  applicationVersion: number | null = null,
): GateCommand => ({
  type: 'OpenGate',
  applicationId,
  applicationVersion,
  autoStopIdleMinutes,
  at: at(seconds),
});
/** `ApplicationStarted` as it is heard. */
const started = (applicationVersion: number, seconds = 0): GateCommand =>
  open(seconds, 15, applicationVersion);
const close = (applicationVersion = 4, seconds = 0): GateCommand => ({
  type: 'CloseGate',
  applicationId,
  applicationVersion,
  at: at(seconds),
});
const enter = (
  jobRunId: string,
  maxConcurrentRuns: number | null = 1,
  { applicationVersion = 4, seconds = 0 } = {},
): GateCommand => ({
  type: 'EnterGate',
  applicationId,
  applicationVersion,
  autoStopIdleMinutes: 15,
  jobRunId,
  maxConcurrentRuns,
  at: at(seconds),
});
const leave = (jobRunId: string, seconds = 0): GateCommand => ({
  type: 'LeaveGate',
  jobRunId,
  at: at(seconds),
});
const idle = (seconds: number): GateCommand => ({
  type: 'IdleGate',
  applicationId,
  at: at(seconds),
  steadyAt: at(seconds),
});

const failStart = (seconds: number): GateCommand => ({
  type: 'FailStart',
  applicationId,
  at: at(seconds),
});

/** The history that commands lead to, from nothing; what is refused leaves none. */
const leading = (...commands: readonly GateCommand[]): GateEvent[] => {
  const events: GateEvent[] = [];
  for (const command of commands) {
    const outcome = given(gate, events).when(command);
    if ('events' in outcome) events.push(...outcome.events);
  }
  return events;
};
const stateAfter = (...commands: readonly GateCommand[]) => given(gate, leading(...commands)).state;
const typesAfter = (before: readonly GateCommand[], command: GateCommand): unknown => {
  const outcome = given(gate, leading(...before)).when(command);
  return 'events' in outcome ? outcome.events.map(({ type }) => type) : outcome.refused;
};

const stopping = 'Invalid: Application 00f1 is stopping. Cannot start job run.';
const unfinished = (runs: string): string =>
  `Invalid: Application 00f1 has ${runs}. All scheduled and running jobs must be completed or cancelled before stopping an application.`;

describe('the queue (row 18)', () => {
  it('lets in as many as may be under way, the rest waits in order', () => {
    expect(stateAfter(enter('a', 2), enter('b', 2), enter('c', 2), enter('d', 2))).toMatchObject({
      running: ['a', 'b'],
      waiting: ['c', 'd'],
    });
  });

  it('advances the one that waited longest', () => {
    const { running, waiting } = stateAfter(enter('a'), enter('b'), enter('c'), leave('a'));
    expect({ running, waiting }).toEqual({ running: ['b'], waiting: ['c'] });
  });

  it('lets nobody pass those who wait, although the limit was raised', () => {
    expect(stateAfter(enter('a'), enter('b'), enter('c', 9)).waiting).toEqual(['b', 'c']);
  });

  it('advances all that a raised limit has room for', () => {
    const { running, waiting } = stateAfter(
      enter('a'),
      enter('b'),
      enter('c'),
      enter('d', 2),
      leave('a'),
    );
    expect({ running, waiting }).toEqual({ running: ['b', 'c'], waiting: ['d'] });
  });

  it('advances nobody while a lowered limit is exceeded', () => {
    const { running, waiting } = stateAfter(enter('a', 2), enter('b', 2), enter('c'), leave('a'));
    expect({ running, waiting }).toEqual({ running: ['b'], waiting: ['c'] });
  });

  it('has no queue without a limit', () => {
    expect(stateAfter(enter('a', null), enter('b', null)).waiting).toEqual([]);
  });
});

it.each<[string, GateCommand[], GateCommand, readonly string[]]>([
  ['opens for a start', [], open(), ['GateOpened']],
  ['is open already', [open()], open(), []],
  [
    'opens for a run on an application whose start it has not heard of',
    [],
    enter('a'),
    ['GateOpened', 'GateEntered'],
  ],
  ['opens for a start that it hears of', [], started(4), ['GateOpened']],
  ['opens again for a later start', [open(), close(4)], started(8, 9), ['GateOpened']],
  ['stays closed for a start that was before the stop', [open(), close(4, 2)], started(4, 1), []],
  ['stays closed for a start that was before it idled', [open(), idle(900)], started(4, 1), []],
  ['opens for a start after it idled', [open(), idle(900)], started(8, 901), ['GateOpened']],
  [
    'counts idleness from when the application was STARTED',
    [open(0), started(4, 60)],
    idle(900),
    [],
  ],
  ['has heard of the start already', [open(1)], started(4, 0), []],
  ['has heard of the start while a run is under way', [enter('a')], started(4, 60), []],
  ['closes when the start fails (row 3)', [open()], failStart(1), ['GateClosed']],
  ['is closed already when the start fails', [], failStart(1), []],
  ['stays open for a run that goes on', [enter('a')], failStart(1), []],
  [
    'opens for the start after the one that failed',
    [open(), failStart(1)],
    started(8, 2),
    ['GateOpened'],
  ],
  ['closes for a stop when nothing runs', [open()], close(), ['GateClosed']],
  ['is closed already', [open(), close()], close(), []],
  ['knows the run already', [enter('a')], enter('a'), []],
  ['lets a waiting run go without a successor', [enter('a'), enter('b')], leave('b'), ['GateLeft']],
  ['does not know who leaves', [open()], leave('x'), []],
  ['is left once', [enter('a'), leave('a')], leave('a'), []],
  [
    'opens for a reading newer than the closing',
    [open(), close(4)],
    enter('a', 1, { applicationVersion: 6 }),
    ['GateOpened', 'GateEntered'],
  ],
  [
    'opens when the stop never came',
    [open(), close(4)],
    enter('a', 1, { seconds: 31 }),
    ['GateOpened', 'GateEntered'],
  ],
  ['is not idle yet', [open()], idle(899), []],
  ['is idle', [open()], idle(900), ['GateIdled']],
  ['is idle once', [open(), idle(900)], idle(1_800), []],
  ['is never idle while a run is under way', [enter('a')], idle(90_000), []],
  ['counts idleness from the last run', [enter('a'), leave('a', 600)], idle(1_400), []],
  ['never idles when auto-stop is off', [open(0, null)], idle(900_000), []],
  ['is not idle when closed', [open(), close()], idle(900_000), []],
])('a gate %s', (_name, before, command, types) => {
  expect(typesAfter(before, command)).toEqual(types);
});

it.each<[string, GateCommand[], GateCommand, string]>([
  ['row 5: a stop with a run under way', [enter('a')], close(), unfinished('1 unfinished job run')],
  [
    'row 5: a stop with runs that wait',
    [enter('a'), enter('b')],
    close(),
    unfinished('2 unfinished job runs'),
  ],
  ['a run whose reading is older than the stop', [open(), close(4)], enter('a'), stopping],
  [
    'a run right after the stop began',
    [open(), close(4)],
    enter('a', 1, { seconds: 30 }),
    stopping,
  ],
  [
    'a run while idleness stops the application',
    [open(), idle(900)],
    enter('a', 1, { applicationVersion: 9, seconds: 901 }),
    stopping,
  ],
  [
    'a run whose reading is of the start that failed (row 3)',
    [open(), failStart(1)],
    enter('a', 1, { applicationVersion: 3, seconds: 2 }),
    stopping,
  ],
])('refuses %s', (_row, before, command, sentence) => {
  expect(typesAfter(before, command)).toBe(sentence);
});

describe('whatever happens', () => {
  const run = fc.constantFrom('a', 'b', 'c');
  const seconds = fc.integer({ min: 0, max: 2_000 });
  const command: fc.Arbitrary<GateCommand> = fc.oneof(
    seconds.map((time) => open(time)),
    fc
      .tuple(fc.integer({ min: 1, max: 9 }), seconds)
      .map(([version, time]) => started(version, time)),
    seconds.map(failStart),
    fc
      .tuple(fc.integer({ min: 1, max: 9 }), seconds)
      .map(([version, time]) => close(version, time)),
    fc
      .tuple(
        run,
        fc.option(fc.integer({ min: 1, max: 3 })),
        fc.integer({ min: 1, max: 9 }),
        seconds,
      )
      .map(([id, max, applicationVersion, time]) =>
        enter(id, max, { applicationVersion, seconds: time }),
      ),
    fc.tuple(run, seconds).map(([id, time]) => leave(id, time)),
    seconds.map(idle),
  );
  const history = fc.array(command, { maxLength: 20 });

  it('the same command again is no news', () => {
    fc.assert(
      fc.property(history, command, (before, told) => {
        expect(leading(...before, told, told)).toEqual(leading(...before, told));
      }),
    );
  });

  it('no run is on a closed gate, none is there twice, and none waits while nothing runs', () => {
    fc.assert(
      fc.property(history, (commands) => {
        const state = stateAfter(...commands);
        const runs = [...state.running, ...state.waiting];
        expect(new Set(runs).size).toBe(runs.length);
        if (!state.open) expect(runs).toEqual([]);
        if (state.running.length === 0) expect(state.waiting).toEqual([]);
      }),
    );
  });
});
