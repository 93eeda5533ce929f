/** 5: everything but the workers goes away for a while, and jobs go on. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Fault, unless } from '../fault.ts';
import { orphans } from '../judges.ts';
import { watchLives, workerProcesses } from '../processes.ts';
import { eventually } from '../stack.ts';
import { endOf, outputOf, prepare, startRun, totalOf } from '../workload.ts';
import { overbilled } from './kill-workers.ts';

const jobs = 3;

export const controlPlaneDown: Fault = {
  number: '5',
  name: 'control-plane-down',
  does: `kill -9 of the supervisor and everything but the workers, with ${jobs} runs under way, one of which ends meanwhile`,
  passes:
    'all runs succeed in their first attempt with the right sum; nobody is billed more than the process lived',
  method:
    'The length is how long nothing runs; then `firesteel up`. Three runs of a driver and an executor each, where the figure has twenty: they are what this machine holds.',
  stack: 'any',
  seconds: 60,
  run: async ({ stack, seconds, say }) => {
    const place = await prepare(stack);
    const over = new AbortController();
    const lives = watchLives(stack.home, over.signal);
    const lengths = Array.from({ length: jobs }, (_, at) => (at === 0 ? 20 : seconds + 30));
    const ids = await Promise.all(
      lengths.map((length) => startRun(stack.emr, place, { token: randomUUID(), seconds: length })),
    );
    try {
      const bound = async () => {
        const [row] = await stack.sql<{ count: string }>(
          `select count(*) from log.event where type = 'WorkerBound' and data->>'jobRunId' in (${ids.map(() => '?').join(', ')})`,
          ids,
        );
        return Number(row?.count) === 2 * jobs ? true : undefined;
      };
      await eventually('all workers bound', bound);
      const workers = workerProcesses(stack.home).length;
      const { processes = [] } = (await stack.status()) ?? {};
      await stack.signal('supervisor', 'SIGKILL');
      for (const { pid } of processes) if (pid) process.kill(pid, 'SIGKILL');
      say(`nothing runs but ${workers} workers`);
      await pause(seconds * 1_000);
      await stack.firesteel('up');
      const runs = await Promise.all(ids.map((id) => endOf(stack, place, id)));
      const outputs = await Promise.all(ids.map((id) => outputOf(stack, place, id)));
      const left = await orphans(stack);
      over.abort();
      const bills = await overbilled(stack, await lives);
      const wrong = runs.filter(({ state, attempt }) => state !== 'SUCCESS' || attempt !== 1);
      return {
        measured: `${ids.length - wrong.length} of ${ids.length} runs succeeded at once, ${left.length} orphans; ${bills.checked} bills held against lives, ${bills.problems.length} above`,
        problems: [
          ...wrong.map(
            ({ jobRunId, state, stateDetails }) => `${jobRunId} ${state} ${stateDetails}`,
          ),
          ...outputs.flatMap((text, at) =>
            unless(text.includes(totalOf(lengths[at] ?? 0)), `${ids[at]} has another sum`),
          ),
          ...bills.problems,
          ...unless(left.length === 0, `orphans: ${left}`),
        ],
      };
    } finally {
      over.abort();
    }
  },
};
