// Pools, scale-in and zones through the public door: one installation with two zones.
import {
  CreateApplicationCommand,
  type CreateApplicationRequest,
  GetApplicationCommand,
  ListJobRunAttemptsCommand,
  StartApplicationCommand,
  StopApplicationCommand,
} from '@aws-sdk/client-emr-serverless';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { signedGet } from '@firesteel/aws-protocol/sigv4/signed-get';
import { z } from 'zod';
import {
  bucket,
  eventually,
  final,
  getRun,
  type Installation,
  logWith,
  single,
  startInstallation,
  submit,
  workersNamed,
} from './installation.ts';
import { busy, leavesTraces, looksForTraces, threeStages, writesAtItsEnd } from './scripts.ts';

let installation: Installation;
beforeAll(async () => {
  installation = await startInstallation({ ZONES: 'zone-a,zone-b', ZONE_SILENCE_MS: '6000' });
}, 180_000);
afterAll(() => installation?.stop(), 60_000);

const minutes = (count: number): number => count * 60_000;

const create = async (more: Partial<CreateApplicationRequest>): Promise<string> => {
  const { applicationId = '' } = await installation.emr.send(
    new CreateApplicationCommand({ type: 'SPARK', releaseLabel: 'emr-7.13.0', ...more }),
  );
  return applicationId;
};

const worker = (workerCount: number) => ({
  workerCount,
  workerConfiguration: { cpu: '1 vCPU', memory: '2 GB' },
});
const pool = { initialCapacity: { Driver: worker(1), Executor: worker(2) } };

const settled = (applicationId: string) =>
  eventually(`${applicationId} settled`, async () => {
    const answer = await installation.emr.send(new GetApplicationCommand({ applicationId }));
    const { state, stateDetails } = answer.application ?? {};
    return state?.endsWith('ING') ? undefined : { state, stateDetails };
  });

const start = (applicationId: string) =>
  installation.emr.send(new StartApplicationCommand({ applicationId }));

const endOf = (jobRunId: string, applicationId: string) =>
  eventually(`the end of ${jobRunId}`, async () => {
    const run = await getRun(installation, jobRunId, applicationId);
    return run && final.some((state) => state === run.state) ? run : undefined;
  });

const outputOf = (jobRunId: string, applicationId: string, text: string): Promise<string> =>
  logWith(installation, jobRunId, 'SPARK_DRIVER/stdout.gz', text, applicationId);

const billed = z.object({
  workers: z.array(
    z.object({ workerId: z.string(), workerType: z.string(), usedSeconds: z.number() }),
  ),
});
const billOf = (path: string, workers: number) =>
  eventually(`the bill of ${path}`, async () => {
    const answer = await signedGet(
      installation.access,
      `/firesteel/v1/applications/${path}/bill`,
    ).catch(() => undefined);
    const bill = billed.safeParse(answer);
    return bill.success && bill.data.workers.length >= workers ? bill.data.workers : undefined;
  });

const pooled = z.object({ pool: z.object({ workers: z.array(z.object({ ready: z.number() })) }) });
const readyInPool = (applicationId: string, count: number) =>
  eventually(`${count} ready workers in the pool of ${applicationId}`, async () => {
    const answer = await signedGet(
      installation.access,
      `/firesteel/v1/applications/${applicationId}/capacity`,
    );
    const { workers } = pooled.parse(answer).pool;
    return workers.reduce((sum, { ready }) => sum + ready, 0) === count || undefined;
  });

it(
  'serves runs from a pool, one after the other, and the second finds nothing of the first',
  async () => {
    const applicationId = await create(pool);
    await start(applicationId);
    expect(await settled(applicationId)).toMatchObject({ state: 'STARTED' });
    expect(workersNamed(installation, `${applicationId}-pool`)).toHaveLength(3);
    const first = await submit(installation, { script: leavesTraces, applicationId });
    expect(await endOf(first, applicationId)).toMatchObject({ state: 'SUCCESS', stateDetails: '' });
    const second = await submit(installation, { script: looksForTraces, applicationId });
    expect(await endOf(second, applicationId)).toMatchObject({ state: 'SUCCESS' });
    expect(await outputOf(second, applicationId, 'FOUND')).toContain('FOUND [] SUM 4950');
    const workers = await billOf(`${applicationId}/job-runs/${first}`, 3);
    const ofPool = expect.stringContaining(`${applicationId}-pool-`);
    expect(workers.map(({ workerId }) => workerId)).toEqual([ofPool, ofPool, ofPool]);
    const other = await submit(installation, {
      script: busy,
      args: ['1'],
      applicationId,
      conf: ['spark.driver.memory=2g'],
    });
    const cold = await endOf(other, applicationId);
    expect([cold.state, cold.stateDetails]).toEqual([
      'SUCCESS',
      expect.stringContaining('The driver starts cold because it does not match'),
    ]);
    await readyInPool(applicationId, 3);
    await installation.emr.send(new StopApplicationCommand({ applicationId }));
    expect(await settled(applicationId)).toMatchObject({ state: 'STOPPED' });
    expect(workersNamed(installation, `${applicationId}-pool`)).toEqual([]);
    // The application pays for the three that never served; for one that did, only whole seconds that it idled.
    expect((await billOf(applicationId, 3)).length).toBeGreaterThanOrEqual(3);
  },
  minutes(6),
);

it(
  'refuses a pool of a thousand workers in words, and starts none',
  async () => {
    const applicationId = await create({ initialCapacity: { Driver: worker(1000) } });
    await start(applicationId);
    expect(await settled(applicationId)).toMatchObject({
      state: 'STOPPED',
      stateDetails: expect.stringContaining('The initialCapacity of 1000 workers'),
    });
    expect(workersNamed(installation, `${applicationId}-pool`)).toEqual([]);
  },
  minutes(2),
);

it(
  'lets workers follow the stages of a run, and computes nothing twice',
  async () => {
    const { applicationId } = installation;
    const conf = [
      'spark.dynamicAllocation.enabled=true',
      'spark.dynamicAllocation.initialExecutors=4',
      'spark.dynamicAllocation.maxExecutors=4',
      'spark.executor.instances=4',
      'spark.dynamicAllocation.executorIdleTimeout=3s',
    ];
    const args = ['8', '3', '25'];
    const jobRunId = await submit(installation, { script: threeStages, args, conf });
    expect(await endOf(jobRunId, applicationId)).toMatchObject({ state: 'SUCCESS' });
    const output = await outputOf(jobRunId, applicationId, 'TOTAL');
    expect(output).toContain(`TOTAL ${8 * 499_500} RAN 8`);
    const workers = await billOf(`${applicationId}/job-runs/${jobRunId}`, 6);
    const used = (workerType: string): number[] =>
      workers.filter((one) => one.workerType === workerType).map(({ usedSeconds }) => usedSeconds);
    const [driver = 0] = used('SPARK_DRIVER');
    // Some left while the one long task ran, and others came for the last stage in their place.
    expect(used('SPARK_EXECUTOR').length).toBeGreaterThan(4);
    expect(
      used('SPARK_EXECUTOR').filter((seconds) => seconds < driver * 0.75).length,
    ).toBeGreaterThan(1);
  },
  minutes(6),
);

it(
  'takes runs in their order when they do not all fit, and every one ends',
  async () => {
    // Room for two runs of two workers.
    const maximumCapacity = { cpu: '4 vCPU', memory: '8 GB' };
    const applicationId = await create({ maximumCapacity });
    await start(applicationId);
    const runs: string[] = [];
    for (let number = 0; number < 6; number += 1)
      runs.push(
        await submit(installation, { script: busy, args: ['1'], applicationId, conf: single }),
      );
    const ended = await Promise.all(runs.map((jobRunId) => endOf(jobRunId, applicationId)));
    expect(ended.map(({ state }) => state)).toEqual(Array(6).fill('SUCCESS'));
    // Two start side by side, in either order; none before one that was submitted two earlier.
    const started = ended.map(({ startedAt }) => Number(startedAt));
    expect(started.filter((at, number) => at < (started[number - 2] ?? 0))).toEqual([]);
    expect(runs.flatMap((jobRunId) => workersNamed(installation, jobRunId))).toEqual([]);
  },
  minutes(8),
);

it(
  'runs again in another zone what a silent zone had, fences what lives on, and bills both right',
  async () => {
    const { applicationId } = installation;
    const place = (number: number): string => `s3://${bucket}/zones/${number}`;
    const runs: string[] = [];
    for (const number of [0, 1]) {
      const args = [place(number), '5'];
      runs.push(await submit(installation, { script: writesAtItsEnd, args, conf: single }));
    }
    const fleet = await eventually('both under way', () => {
      const pids = runs.map((jobRunId) => workersNamed(installation, jobRunId));
      return pids.every(({ length }) => length === 2) ? pids : undefined;
    });
    expect(fleet.flat()).toHaveLength(4);
    await eventually('both have been to S3', async () => {
      const { CommonPrefixes = [] } = await installation.s3.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: 'zones/', Delimiter: '/' }),
      );
      return CommonPrefixes.length === 2 ? true : undefined;
    });
    const agent = installation.pidOf('worker-agent-zone-a');
    process.kill(agent, 'SIGSTOP');
    try {
      for (const jobRunId of runs)
        expect(await endOf(jobRunId, applicationId)).toMatchObject({ state: 'SUCCESS' });
      const attempts = await Promise.all(
        runs.map(async (jobRunId) => {
          const answer = await installation.emr.send(
            new ListJobRunAttemptsCommand({ applicationId, jobRunId }),
          );
          return answer.jobRunAttempts?.length ?? 0;
        }),
      );
      expect(attempts.some((count) => count === 2)).toBe(true);
    } finally {
      // Unless its supervisor has lost patience with it.
      if (installation.pidOf('worker-agent-zone-a') === agent) process.kill(agent, 'SIGCONT');
    }
    await eventually('the end of what lived on', () =>
      runs.flatMap((jobRunId) => workersNamed(installation, jobRunId)).length === 0
        ? true
        : undefined,
    );
    for (const number of [0, 1]) {
      const { Contents = [] } = await installation.s3.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: `zones/${number}/ended/` }),
      );
      expect(Contents).toHaveLength(1);
    }
    expect(installation.firesteel('zone', 'list').output).toMatch(/zone-a\s+HEALTHY/);
  },
  minutes(8),
);

it('accounts for everything: the log verifies and replays', () => {
  expect(installation.firesteel('verify')).toMatchObject({ status: 0 });
  expect(installation.firesteel('replay')).toMatchObject({ status: 0 });
});
