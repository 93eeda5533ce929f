import type { Allocation } from '../allocation/allocation.ts';
import { allocationOf, planOf, poolWorkerOf, small, workerOf } from '../fleet/sample.ts';
import type { Worker } from '../worker/worker.ts';
import { commandsForZone } from './dispatch.ts';

const context = {
  sparkSecretOf: (jobRunId: string) => `secret of ${jobRunId}`,
  traceparentOf: () => null,
};
const commands = (allocation: Allocation, ...workers: Worker[]) =>
  commandsForZone({ allocations: [allocation], workers }, 'zone-a', context);
const summary = (allocation: Allocation, ...workers: Worker[]): string[] =>
  commands(allocation, ...workers).map(({ type, ...rest }) =>
    'workerId' in rest ? `${type} ${rest.workerId}` : type,
  );
const silent = allocationOf();
const registered = allocationOf({ driverUrl: 'spark://driver' });

it.each<[string, Allocation, Worker[], string[]]>([
  ['launches and binds a driver at once', silent, [workerOf(0)], ['launch run-0', 'bind run-0']],
  [
    'launches an executor, whose driver has no address yet',
    silent,
    [workerOf(1)],
    ['launch run-1'],
  ],
  ['binds it once it has', registered, [workerOf(1)], ['launch run-1', 'bind run-1']],
  ['binds one that is ready', registered, [workerOf(1, { status: 'READY' })], ['bind run-1']],
  ['has nothing to say to a bound one', registered, [workerOf(1, { status: 'BOUND' })], []],
  ['stops', registered, [workerOf(1, { status: 'BOUND', stopReason: 'x' })], ['stop run-1']],
  [
    'stops what was never launched, too',
    silent,
    [workerOf(1, { stopReason: 'x' })],
    ['stop run-1'],
  ],
  ['leaves other zones alone', silent, [workerOf(0, { zone: 'zone-b' })], []],
  ['leaves workers without a run alone', silent, [workerOf(0, { jobRunId: 'other' })], []],
  [
    'launches a worker of a pool, which waits',
    silent,
    [poolWorkerOf(1, { status: 'REQUESTED' })],
    ['launch app-pool-1'],
  ],
  ['has nothing to say to one that waits', silent, [poolWorkerOf(1)], []],
  [
    'binds one that was assigned',
    registered,
    [poolWorkerOf(1, { jobRunId: 'run', attempt: 1, executorId: '1' })],
    ['bind app-pool-1'],
  ],
  ['leaves those of another attempt alone', silent, [workerOf(0, { attempt: 2 })], []],
  [
    'goes by age, then by number',
    silent,
    [
      workerOf(10, { status: 'REQUESTED' }),
      workerOf(9),
      workerOf(1, { requestedAt: '2026-11-25T09:00:00.000Z' }),
    ],
    ['launch run-1', 'launch run-9', 'launch run-10'],
  ],
])('%s', (_name, allocation, workers, expected) => {
  expect(summary(allocation, ...workers)).toEqual(expected);
});

it('says that a worker of a pool waits, whoever has it by now', () => {
  const waiting = poolWorkerOf(1, { status: 'REQUESTED' });
  const assigned = { ...waiting, jobRunId: 'run', attempt: 1, executorId: '1' };
  for (const worker of [waiting, assigned])
    expect(commands(registered, worker)[0]).toMatchObject({
      spec: { waits: true, heapMb: 14_336 },
    });
  expect(commands(registered, workerOf(1))[0]).not.toMatchObject({ spec: { waits: true } });
});

it('tells a driver all it needs and stores no secret', () => {
  const [launch, bind] = commands(silent, workerOf(0));
  expect(launch).toMatchObject({ spec: { heapMb: 14_336, size: { vcpu: 4 }, javaOptions: [] } });
  expect(bind).toMatchObject({
    assignment: {
      jobRunId: 'run',
      logUri: 's3://logs',
      sparkSecret: 'secret of run',
      work: {
        kind: 'driver',
        sparkSubmitArguments: ['s3://b/job.py', 'one'],
        environment: { STAGE: 'test' },
      },
    },
  });
});

it('tells an executor what it needs before it has met its driver, and no more', () => {
  const plan = planOf({
    sparkProperties: {
      'spark.executor.cores': '2',
      'spark.authenticate': 'true',
      'spark.rpc.askTimeout': '9s',
      'spark.app.name': 'x',
      'spark.executorEnv.STAGE': 'test',
    },
  });
  const [bind] = commands({ ...registered, plan }, workerOf(7, { status: 'READY' }));
  expect(bind).toMatchObject({
    assignment: {
      work: {
        kind: 'executor',
        executorId: '7',
        driverUrl: 'spark://driver',
        cores: 2,
        sparkProperties: { 'spark.authenticate': 'true', 'spark.rpc.askTimeout': '9s' },
        environment: { STAGE: 'test' },
      },
    },
  });
  expect(JSON.stringify(bind)).not.toContain('spark.app.name');
});

it('starts an executor of a resource profile with the profile’s cores and memory', () => {
  const targets = [
    { resourceProfileId: 1, executors: 1, cores: 1, memoryMb: 1_024, memoryOverheadMb: 384 },
  ];
  const worker = workerOf(1, { resourceProfileId: 1, size: small, heapMb: 1_024 });
  const [launch, bind] = commands({ ...registered, targets }, worker);
  expect(launch).toMatchObject({ spec: { size: small, heapMb: 1_024, javaOptions: ['-Da=b'] } });
  expect(bind).toMatchObject({ assignment: { work: { cores: 1, resourceProfileId: 1 } } });
});

it.each([
  [0, 3_000],
  [60, 60_000],
])('gives a run cancelled with %d s of grace %d ms', (graceSeconds, graceMs) => {
  const stopping = workerOf(0, { stopReason: 'the run was cancelled' });
  expect(commands({ ...silent, graceSeconds }, stopping)).toEqual([
    { type: 'stop', workerId: 'run-0', reason: 'the run was cancelled', graceMs },
  ]);
});
