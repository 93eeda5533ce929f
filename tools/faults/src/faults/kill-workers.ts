/** 4: drivers and executors are killed. */
import { type Fault, unless } from '../fault.ts';
import { type Life, workerProcesses } from '../processes.ts';
import type { Stack } from '../stack.ts';
import { again, oneOf, underLoad } from '../under-load.ts';

/** Seconds by which a bill may be above what was seen: watching is every 200 ms on both sides, and a second is whole. */
const slackSeconds = 2;

type Usage = { readonly worker: string; readonly used: number };

/** Bills that say more than the process lived, and workers metered more often than once a run and attempt. */
export async function overbilled(
  stack: Stack,
  lives: ReadonlyMap<string, Life>,
): Promise<{ readonly checked: number; readonly problems: string[] }> {
  const usages = await stack.sql<Usage>(
    `select data->>'workerId' as worker, sum((data->>'usedSeconds')::int)::int as used
     from log.event where type = 'WorkerUsageMetered' group by 1`,
  );
  const seen = usages.flatMap(({ worker, used }) => {
    const life = lives.get(worker);
    return life === undefined
      ? []
      : [{ worker, used, lived: (life.lastMs - life.firstMs) / 1_000 }];
  });
  return {
    checked: seen.length,
    problems: seen
      .filter(({ used, lived }) => used > lived + slackSeconds)
      .map(({ worker, used, lived }) => `${worker} billed ${used} s, lived ${lived.toFixed(1)} s`),
  };
}

export const killWorkers: Fault = {
  number: '4',
  name: 'kill-workers',
  does: 'kill -9 of drivers and executors at random, under load',
  passes:
    'every run ends, retried as its policy says; no worker is billed for more than it lived, nor twice',
  method:
    'A client of real runs with ten attempts each. How long a Java process lived is watched from outside five times a second; a bill may be 2 s above that.',
  stack: 'any',
  seconds: 120,
  run: async (scene) => {
    const { stack, random } = scene;
    let kills = 0;
    const load = { bareEveryMs: 2_000, realEveryMs: 8_000, realSeconds: 8, attempts: 10 };
    const { judgement, lives, place } = await underLoad(scene, load, async () => {
      await again(scene, 4_000, async () => {
        const workers = workerProcesses(stack.home);
        if (workers.length === 0) return;
        process.kill(oneOf(workers, random).pid, 'SIGKILL');
        kills += 1;
      });
    });
    const bills = await overbilled(stack, lives);
    const failed = await stack.sql<{ id: string }>(
      "select id from job_scheduler.job_run where application_id = ? and status <> 'SUCCESS'",
      [place.applicationId],
    );
    return {
      measured: `${kills} kills; ${judgement.words}; ${failed.length} real runs without success; ${bills.checked} bills held against lives, ${bills.problems.length} above`,
      problems: [
        ...judgement.problems,
        ...bills.problems,
        ...unless(failed.length === 0, `${failed.length} runs used up ten attempts`),
      ],
    };
  },
};
