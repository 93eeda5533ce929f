// One installation, real PostgreSQL, Kafka and Spark; every test goes through the public door.
import { CancelJobRunCommand } from '@aws-sdk/client-emr-serverless';
import { signedGet } from '@firesteel/aws-protocol/sigv4/signed-get';
import { z } from 'zod';
import {
  eventually,
  final,
  type Installation,
  logWith,
  single,
  sql,
  startInstallation,
  submit,
  waitFor,
  workerPids,
} from './installation.ts';
import { busy, failing, parquetRoundTrip } from './scripts.ts';

let installation: Installation;
beforeAll(async () => {
  installation = await startInstallation();
}, 180_000);
afterAll(() => installation?.stop(), 60_000);

const minutes = (count: number): number => count * 60_000;

const bill = z.object({
  total: z.string(),
  lines: z.array(z.object({ meter: z.string(), unitPrice: z.string(), amount: z.string() })),
  workers: z.array(
    z.object({
      vcpu: z.number(),
      memoryGb: z.number(),
      usedSeconds: z.number(),
      billedSeconds: z.number(),
    }),
  ),
});

/** The bill once all of the run's workers have ended. */
const billOf = (jobRunId: string, workers: number) =>
  eventually('the bill', async () => {
    const path = `/firesteel/v1/applications/${installation.applicationId}/job-runs/${jobRunId}/bill`;
    const found = bill.safeParse(await signedGet(installation.access, path).catch(() => undefined));
    return found.success && found.data.workers.length >= workers ? found.data : undefined;
  });

const runIs = (jobRunId: string) => waitFor(installation, jobRunId, ...final);

const kill = (name: string): void => {
  process.kill(installation.pidOf(name), 'SIGKILL');
};

it(
  'runs a PySpark job on S3, leaves output and logs, and bills what its workers used',
  async () => {
    const jobRunId = await submit(installation, {
      script: parquetRoundTrip,
      args: ['s3://end-to-end/out/'],
    });
    const run = await runIs(jobRunId);
    expect([run.state, run.stateDetails]).toEqual(['SUCCESS', '']);
    await logWith(
      installation,
      jobRunId,
      'SPARK_DRIVER/stdout.gz',
      'GROUPS [14286, 14286, 14286, 14286, 14286, 14285, 14285]',
    );
    await logWith(installation, jobRunId, 'SPARK_EXECUTOR/1/stderr.gz', 'Executor');
    const { lines, workers } = await billOf(jobRunId, 3);
    expect(
      workers.every(
        ({ usedSeconds, billedSeconds }) => billedSeconds === Math.max(60, usedSeconds),
      ),
    ).toBe(true);
    // By hand, in 10⁻¹⁰ USD: vCPU seconds × price per hour ÷ 3600, rounded once.
    const vcpuSeconds = workers.reduce(
      (sum, { vcpu, billedSeconds }) => sum + vcpu * billedSeconds,
      0,
    );
    const cents = Number(lines.find(({ meter }) => meter === 'vCPU-hours')?.amount) * 1e10;
    expect(Math.round(cents)).toBe(Math.round((vcpuSeconds * 526_240_000) / 3600));
  },
  minutes(6),
);

it(
  'ends FAILED with the last exception in AWS’ words',
  async () => {
    const run = await runIs(await submit(installation, { script: failing, conf: single }));
    expect(run.state).toBe('FAILED');
    expect(run.stateDetails).toMatch(
      /^Job failed, please check complete logs .* ExitCode: 1\. Last few exceptions: .*ValueError: the input makes no sense/s,
    );
  },
  minutes(6),
);

it(
  'gives up with the reason when executors die at their start, one after another',
  async () => {
    const conf = ['spark.executor.extraJavaOptions=-javaagent:/no/such.jar'];
    const run = await runIs(await submit(installation, { script: busy, args: ['4'], conf }));
    expect(run.state).toBe('FAILED');
    expect(run.stateDetails).toContain('executors could not be kept running');
  },
  minutes(6),
);

it(
  'cancels within seconds and leaves no process of the run',
  async () => {
    const jobRunId = await submit(installation, { script: busy, args: ['100'], conf: single });
    await waitFor(installation, jobRunId, 'RUNNING');
    await eventually('an executor', () =>
      workerPids(installation, jobRunId).length > 1 ? true : undefined,
    );
    const { emr, applicationId } = installation;
    await emr.send(new CancelJobRunCommand({ applicationId, jobRunId }));
    expect((await runIs(jobRunId)).state).toBe('CANCELLED');
    expect(workerPids(installation, jobRunId)).toEqual([]);
  },
  minutes(6),
);

describe('what kill -9 does to a run', () => {
  const underWay = async (seconds: string): Promise<string> => {
    const jobRunId = await submit(installation, { script: busy, args: [seconds] });
    await eventually('both executors', () =>
      workerPids(installation, jobRunId).length === 3 ? true : undefined,
    );
    return jobRunId;
  };

  it(
    'of an executor: it still succeeds',
    async () => {
      const jobRunId = await underWay('8');
      const [victim] = workerPids(installation, jobRunId, '1');
      process.kill(Number(victim), 'SIGKILL');
      expect((await runIs(jobRunId)).state).toBe('SUCCESS');
    },
    minutes(6),
  );

  it(
    'of its driver: FAILED with a reason, and no executor stays',
    async () => {
      const jobRunId = await underWay('100');
      const [victim] = workerPids(installation, jobRunId, '0');
      process.kill(Number(victim), 'SIGKILL');
      const run = await runIs(jobRunId);
      expect([run.state, run.stateDetails?.includes('ExitCode: 137')]).toEqual(['FAILED', true]);
      await eventually('the executors’ end', () =>
        workerPids(installation, jobRunId).length === 0 ? true : undefined,
      );
    },
    minutes(6),
  );

  it(
    'of its agent, of every service, of Kafka and PostgreSQL: it succeeds and is billed once',
    async () => {
      const jobRunId = await underWay('20');
      for (const name of [
        'worker-agent-zone-a',
        'capacity',
        'job-scheduler',
        'ledger',
        'billing',
        'iam-authorizer',
        'gateway',
        'kafka',
        'postgres',
      ])
        kill(name);
      const run = await runIs(jobRunId);
      expect([run.state, run.stateDetails]).toEqual(['SUCCESS', '']);
      const { workers } = await billOf(jobRunId, 3);
      expect(workers).toHaveLength(3);
      expect(workerPids(installation, jobRunId)).toEqual([]);
    },
    minutes(8),
  );
});

it(
  'takes no run past SUBMITTED while the ledger stands still',
  async () => {
    const ledger = installation.pidOf('ledger');
    process.kill(ledger, 'SIGSTOP');
    try {
      const jobRunId = await submit(installation, {
        script: parquetRoundTrip,
        args: ['s3://end-to-end/out2/'],
        conf: single,
      });
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      expect((await waitFor(installation, jobRunId, 'SUBMITTED', ...final)).state).toBe(
        'SUBMITTED',
      );
      process.kill(ledger, 'SIGCONT');
      expect((await runIs(jobRunId)).state).toBe('SUCCESS');
    } finally {
      process.kill(ledger, 'SIGCONT');
    }
  },
  minutes(6),
);

it(
  'verifies and replays; a changed cell is named',
  async () => {
    expect(installation.firesteel('verify')).toMatchObject({ status: 0 });
    const sound = installation.firesteel('replay');
    expect(sound).toMatchObject({ status: 0 });
    expect(sound.output.trim().split('\n').at(-1)).toMatch(/^digest [0-9a-f]{64}$/);
    await sql(
      installation,
      "update job_scheduler.job_run set status = 'FORGED' where id = (select min(id) from job_scheduler.job_run)",
    );
    const forged = installation.firesteel('replay');
    expect(forged.status).toBe(1);
    expect(forged.output).toMatch(/job_scheduler\.job_run row \w+ column status: is .?FORGED/);
  },
  minutes(2),
);
