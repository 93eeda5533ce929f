/** 1b: everything but the workers is killed in one moment, again and again, while a real run is under way. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Fault, unless } from '../fault.ts';
import { workerProcesses } from '../processes.ts';
import { eventually } from '../stack.ts';
import { inSeconds, longest } from '../under-load.ts';
import { endOf, outputOf, prepare, startRun, totalOf } from '../workload.ts';

const jobSeconds = 20;
const endMs = 240_000;

export const allAtOnce: Fault = {
  number: '1b',
  name: 'all-at-once',
  does: 'kill -9 of PostgreSQL, Kafka and every service in one moment, while a run is under way',
  passes: 'each run ends SUCCESS with its sum, within 240 s of the blow',
  method: 'The supervisor lives and starts them again; drivers and executors live on.',
  stack: 'any',
  seconds: 120,
  run: async ({ stack, seconds, random, say }) => {
    const place = await prepare(stack);
    const took: number[] = [];
    const problems: string[] = [];
    const untilMs = performance.now() + seconds * 1_000;
    do {
      const id = await startRun(stack.emr, place, { token: randomUUID(), seconds: jobSeconds });
      await eventually('its workers', () =>
        workerProcesses(stack.home).length >= 2 ? true : undefined,
      );
      await pause(9_000 + random() * 9_000);
      const { processes = [] } = (await stack.status()) ?? {};
      const blowMs = performance.now();
      for (const { pid } of processes) if (pid) process.kill(pid, 'SIGKILL');
      const run = await endOf(stack, place, id, endMs).catch(() => undefined);
      took.push(performance.now() - blowMs);
      say(`${id} ${run?.state} after ${inSeconds(took.at(-1) ?? 0)}`);
      if (run === undefined) return { measured: `${id} did not end`, problems: [`${id} hangs`] };
      const sound = run.state === 'SUCCESS';
      problems.push(...unless(sound, `${id} ended ${run.state}: ${run.stateDetails}`));
      if (sound && !(await outputOf(stack, place, id)).includes(totalOf(jobSeconds)))
        problems.push(`${id} has another sum`);
      await stack.whenReady();
    } while (performance.now() < untilMs);
    return {
      measured: `${took.length} blows, the run ended ${inSeconds(longest(took))} after at most`,
      problems,
    };
  },
};
