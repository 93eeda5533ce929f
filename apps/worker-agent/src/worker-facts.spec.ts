import { lastExceptions } from './log-evidence.ts';
import { driverSpec, executorSpec } from './test/assignments.ts';
import { endIsAcknowledged, factsOf, stateOf } from './worker-facts.ts';
import type { WorkerRecord } from './worker-folder.ts';

const at = '2026-01-01T00:00:00.000Z';
const fresh: WorkerRecord = {
  workerId: 'w1',
  spec: driverSpec,
  shim: null,
  ready: null,
  bound: null,
  run: null,
  stop: null,
  end: null,
  launchFailure: null,
  acknowledged: [],
  logsShipped: false,
};
const shim = { pid: 7, startTicks: '1', bootId: 'b', uptimeMs: 1_000, at };
const living: WorkerRecord = {
  ...fresh,
  shim,
  ready: { uptimeMs: 1_640, at },
  bound: { uptimeMs: 2_000, at },
};
const ended = (code: number | null, changes: Partial<WorkerRecord> = {}): WorkerRecord => ({
  ...living,
  end: { code, readyMs: 5_000, at, reason: null },
  ...changes,
});
const nothing = () => ({ lastExceptions: '', outOfMemory: false });

it.each([
  ['starting', fresh],
  ['starting', { ...fresh, shim }],
  ['ready', { ...living, bound: null }],
  ['bound', living],
  ['exited', ended(0)],
  ['exited', { ...fresh, launchFailure: { reason: 'x', at } }],
])('is %s', (state, record) => {
  expect(stateOf(record)).toBe(state);
});

it('tells a life in its order, and only what is not acknowledged', () => {
  const facts = factsOf(ended(0, { acknowledged: ['launched'] }), nothing);
  expect(facts.map(({ fact }) => fact.kind)).toEqual(['ready', 'bound', 'exited']);
  expect(facts[0]).toEqual({
    type: 'fact',
    factId: 'w1:ready',
    workerId: 'w1',
    at,
    fact: { kind: 'ready', bootMs: 640 },
  });
});

const exitOf = (record: WorkerRecord, evidence = nothing()) =>
  factsOf(record, () => evidence).find(({ fact }) => fact.kind === 'exited')?.fact;
const stop = { reason: 'cancelled', graceMs: 0 };
const found = { lastExceptions: 'a.B: c', outOfMemory: false };
const heapFull = { lastExceptions: 'a.B: c', outOfMemory: true };

it.each([
  [
    'success says nothing',
    ended(0),
    heapFull,
    { exitCode: 0, outOfMemory: false, lastExceptions: '' },
  ],
  [
    'a failure shows its exceptions',
    ended(1),
    found,
    { lastExceptions: 'a.B: c', outOfMemory: false },
  ],
  ['a full heap', ended(1), heapFull, { outOfMemory: true, lastExceptions: 'a.B: c' }],
  ['killed by the kernel', ended(137), nothing(), { outOfMemory: true, reason: 'out of memory' }],
  ['killed by us', ended(137, { stop }), nothing(), { outOfMemory: false, reason: 'cancelled' }],
  [
    'ended by a signal',
    ended(143),
    nothing(),
    { reason: 'ended by signal 15', outOfMemory: false },
  ],
  ['nobody saw it', ended(null), nothing(), { exitCode: null, outOfMemory: false }],
  [
    'executors keep their exceptions',
    ended(52, { spec: executorSpec }),
    found,
    { outOfMemory: true, lastExceptions: '' },
  ],
])('%s', (_case, record, evidence, expected) => {
  expect(exitOf(record, evidence)).toMatchObject(expected);
});

it.each([
  ['served a run', ended(0), { readyMs: 5_000, boundAfterMs: 360 }],
  ['never served', ended(143, { bound: null }), { readyMs: 5_000, boundAfterMs: null }],
  ['was never ready', ended(1, { ready: null, bound: null }), { boundAfterMs: null }],
  [
    'was bound by a clock that has begun anew',
    ended(0, { bound: { uptimeMs: 10, at } }),
    { boundAfterMs: 0 },
  ],
  [
    'was lost right after its bind',
    { ...living, end: { code: null, readyMs: 355, at, reason: 'vanished' } },
    { readyMs: 355, boundAfterMs: 355 },
  ],
])('says how long a worker that %s had idled', (_case, record, expected) => {
  expect(exitOf(record)).toMatchObject(expected);
});

it("uses AWS' words for a worker that the kernel killed", () => {
  expect(exitOf(ended(137))).toMatchObject({
    lastExceptions: expect.stringContaining('memory usage exceeded configured memory size'),
  });
});

it('is done with an acknowledged end', () => {
  expect(endIsAcknowledged(ended(0))).toBe(false);
  expect(endIsAcknowledged(ended(0, { acknowledged: ['exited'] }))).toBe(true);
  expect(endIsAcknowledged({ ...fresh, acknowledged: ['launchFailed'] })).toBe(true);
});

it.each([
  [
    'a Java stack',
    [
      '26/01/01 00:00:00 ERROR Executor: Exception in task 0.0 in stage 0.0 (TID 0)',
      'java.lang.RuntimeException: boom',
      '\tat a.B.c(B.scala:1)',
      'Exception in thread "main" org.apache.spark.SparkException: Job aborted.',
      '\tat d.E.f(E.scala:2)',
      'Caused by: java.lang.RuntimeException: boom',
      '\t... 3 more',
    ],
    [
      'java.lang.RuntimeException: boom',
      'Exception in thread "main" org.apache.spark.SparkException: Job aborted.',
      'Caused by: java.lang.RuntimeException: boom',
    ],
  ],
  [
    'a Python traceback',
    [
      'Traceback (most recent call last):',
      '  File "/a.py", line 1, in <module>',
      "ModuleNotFoundError: No module named 'pandas'",
    ],
    ["ModuleNotFoundError: No module named 'pandas'"],
  ],
  [
    'repeated ones',
    ['a.AError: 1', 'a.BError: 2', 'a.AError: 1', 'a.CError: 3', 'a.DError: 4', 'a.EError: 5'],
    ['a.AError: 1', 'a.CError: 3', 'a.DError: 4', 'a.EError: 5'],
  ],
  ['ordinary lines', ['INFO Error: nothing', 'no Error here', 'Pi is roughly 3.14'], []],
])('finds the last exceptions of %s', (_case, log, expected) => {
  expect(lastExceptions(log.join('\n'))).toBe(expected.join('\n'));
});
