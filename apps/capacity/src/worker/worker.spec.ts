import type { WorkerEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import fc from 'fast-check';
import { type WorkerCommand, worker } from './worker.ts';

const at = '2026-11-25T10:00:00.000Z';
const request: Extract<WorkerCommand, { type: 'RequestWorker' }> = {
  type: 'RequestWorker',
  request: {
    workerId: 'run-1',
    applicationId: '00f1',
    jobRunId: 'run',
    attempt: 1,
    accountId: '123456789012',
    workerType: 'SPARK_EXECUTOR',
    executorId: '1',
    resourceProfileId: 0,
    releaseLabel: 'emr-7.12.0',
    size: { vcpu: 4, memoryMb: 16_384, diskGb: 20 },
    heapMb: 14_336,
    javaOptions: [],
    zone: 'local-a',
    reason: 'wanted',
  },
  at,
};
const launched: WorkerCommand = { type: 'NoteLaunched', pid: 7, at };
const ready: WorkerCommand = { type: 'NoteReady', bootMs: 900, at };
const bound: WorkerCommand = { type: 'NoteBound', at };
const stop: WorkerCommand = { type: 'StopWorker', reason: 'the run has ended', at };
const pooled: WorkerCommand = {
  ...request,
  request: { ...request.request, jobRunId: null, attempt: null, executorId: null },
};
const assign: WorkerCommand = {
  type: 'AssignWorker',
  jobRunId: 'run',
  attempt: 2,
  executorId: '3',
  resourceProfileId: 0,
  reason: 'wanted',
  at,
};
const leave: WorkerCommand = { type: 'NoteLeaving', reason: 'idle', at };
const exited: Extract<WorkerCommand, { type: 'NoteExited' }> = {
  type: 'NoteExited',
  exitCode: 0,
  reason: 'done',
  readyMs: 5_000,
  observedMs: 5_040,
  boundAfterMs: 1_000,
  at,
};

const read = (readyMs: number): WorkerCommand => ({ type: 'ReadMeter', readyMs, at });

/** The history that commands lead to, from nothing. */
const leading = (...commands: readonly WorkerCommand[]): WorkerEvent[] => {
  const events: WorkerEvent[] = [];
  for (const command of commands) {
    const outcome = given(worker, events).when(command);
    if ('events' in outcome) events.push(...outcome.events);
  }
  return events;
};

it.each<[string, readonly WorkerCommand[], WorkerCommand, readonly string[]]>([
  ['is asked for', [], request, ['WorkerRequested']],
  ['is asked for once', [request], request, []],
  ['is not asked for again after its end', [request, exited], request, []],
  ['is launched', [request], launched, ['WorkerLaunched']],
  ['is launched once', [request, launched], launched, []],
  ['is ready', [request, launched], ready, ['WorkerReady']],
  ['is ready although its launch was not heard of', [request], ready, ['WorkerReady']],
  ['is not launched after it was ready', [request, ready], launched, []],
  ['is bound', [request, launched, ready], bound, ['WorkerBound']],
  ['is bound once', [request, launched, ready, bound], bound, []],
  ['has its meter read', [request, ready], read(1_800_000), ['WorkerMeterRead']],
  ['has its meter read on', [request, ready, read(1), bound], read(2), ['WorkerMeterRead']],
  ['has its meter not read again to the same', [request, ready, read(2)], read(2), []],
  ['has its meter not read back', [request, ready, read(2)], read(1), []],
  ['has its meter not read before it is ready', [request, launched], read(1), []],
  ['has its meter not read after its end', [request, ready, exited], read(9_000), []],
  ['is stopped at any time', [request], stop, ['WorkerStopRequested']],
  ['is stopped once', [request, stop], stop, []],
  ['is not stopped after its end', [request, exited], stop, []],
  ['ends although nothing else was heard of', [request], exited, ['WorkerExited']],
  ['ends once', [request, exited], exited, []],
  ['is not ready after its end', [request, exited], ready, []],
  ['that never was has no facts', [], exited, []],
  ['of a pool is assigned', [pooled, launched, ready], assign, ['WorkerAssigned']],
  ['of a pool may be assigned before it is ready', [pooled], assign, ['WorkerAssigned']],
  ['of a pool is assigned once', [pooled, assign], assign, []],
  ['of a run is not assigned', [request], assign, []],
  ['that is to stop is not assigned', [pooled, stop], assign, []],
  ['that has ended is not assigned', [pooled, exited], assign, []],
  ['without a run is not bound', [pooled, launched, ready], bound, []],
  ['is bound once it is assigned', [pooled, launched, ready, assign], bound, ['WorkerBound']],
  ['leaves', [request, bound], leave, ['WorkerDecommissioning']],
  ['leaves once', [request, bound, leave], leave, []],
  ['that is to stop does not leave', [request, stop], leave, []],
])('a worker %s', (_name, before, command, types) => {
  const outcome = given(worker, leading(...before)).when(command);
  expect('events' in outcome && outcome.events.map(({ type }) => type)).toEqual(types);
});

it('tells billing everything about its end (row 23)', () => {
  expect(given(worker, leading(request, launched, ready, bound)).when(exited)).toEqual({
    events: [
      {
        type: 'WorkerExited',
        data: {
          workerId: 'run-1',
          jobRunId: 'run',
          attempt: 1,
          applicationId: '00f1',
          accountId: '123456789012',
          workerType: 'SPARK_EXECUTOR',
          size: { vcpu: 4, memoryMb: 16_384, diskGb: 20 },
          exitCode: 0,
          reason: 'done',
          readyMs: 5_000,
          observedMs: 5_040,
          idleMs: 0,
          at,
        },
      },
    ],
  });
});

it.each<[string, readonly WorkerCommand[], number | null, number]>([
  ['of a run did not idle', [request, ready, bound], 1_000, 0],
  ['of a pool idled until it was bound', [pooled, ready, assign, bound], 1_000, 1_000],
  ['of a pool that served nobody idled all its life', [pooled, ready], null, 5_000],
  ['of a pool that was assigned too late idled all its life', [pooled, ready, assign], null, 5_000],
])('a worker %s', (_name, before, boundAfterMs, idleMs) => {
  const outcome = given(worker, leading(...before)).when({ ...exited, boundAfterMs });
  expect(outcome).toMatchObject({ events: [{ data: { readyMs: 5_000, idleMs } }] });
});

it('takes a fact that is told again, whenever, as told once', () => {
  const command = fc.constantFrom<WorkerCommand>(
    request,
    pooled,
    assign,
    leave,
    launched,
    ready,
    bound,
    stop,
    exited,
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 10 }), command, (before, told) => {
      const once = leading(...before, told);
      expect(leading(...before, told, ...before, told).slice(0, once.length)).toEqual(once);
      expect(leading(...before, told, told)).toEqual(once);
    }),
  );
});

it('numbers its readings, each with what the one before said, and so does its end', () => {
  const late: WorkerCommand = { type: 'NoteBound', at: '2026-11-25T10:00:20.000Z' };
  const events = leading(pooled, ready, read(10_000), assign, read(15_000), late, read(30_000), {
    ...exited,
    readyMs: 31_000,
    boundAfterMs: 20_100,
  });
  const figures = events.flatMap(({ data }) => ('readyMs' in data ? [data] : []));
  expect(figures).toMatchObject([
    { reading: 1, jobRunId: null, readyMs: 10_000, idleMs: 10_000 },
    { reading: 2, jobRunId: 'run', readyMs: 15_000, idleMs: 15_000, metered: { readyMs: 10_000 } },
    {
      reading: 3,
      readyMs: 30_000,
      idleMs: 20_000,
      metered: { readyMs: 15_000, idleMs: 15_000 },
    },
    { readyMs: 31_000, idleMs: 20_100, metered: { readyMs: 30_000, idleMs: 20_000 } },
  ]);
  expect(figures[0]).not.toHaveProperty('metered');
});

it('lived at least as long as its meter said, when nobody saw its end', () => {
  const lost = { ...exited, exitCode: null, readyMs: 0, boundAfterMs: null } as const;
  const late: WorkerCommand = { type: 'NoteBound', at: '2026-11-25T10:00:20.000Z' };
  const last = (...commands: readonly WorkerCommand[]) => leading(...commands).at(-1)?.data;
  expect(last(pooled, ready, assign, late, read(60_000), lost)).toMatchObject({
    readyMs: 60_000,
    idleMs: 20_000,
  });
  expect(last(request, ready, bound, lost)).toMatchObject({ readyMs: 0, idleMs: 0 });
  expect(last(request, ready, bound, read(60_000), exited)).toMatchObject({ readyMs: 5_000 });
});
