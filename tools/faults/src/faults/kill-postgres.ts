/** 2: PostgreSQL is killed, postmaster and with it every session. */
import { type Fault, unless } from '../fault.ts';
import { eventually, type Stack } from '../stack.ts';
import { again, inSeconds, longest, underLoad } from '../under-load.ts';

const everyMs = 6_000;
const readyMs = 2_000;
const backMs = 5_000;

/** Milliseconds until it takes connections again. */
async function timeToReady(stack: Stack, name: string): Promise<number> {
  const beganMs = performance.now();
  const ready = async () => {
    const process = (await stack.status())?.processes.find((each) => each.name === name);
    return process?.state === 'ready' ? true : undefined;
  };
  await eventually(`${name} ready`, ready, 60_000, 20);
  return performance.now() - beganMs;
}

/** How often each of our services was started again. */
async function restartsOf(stack: Stack): Promise<number> {
  const { processes = [] } = (await stack.status()) ?? {};
  return processes
    .filter(({ name }) => name !== 'postgres')
    .reduce((sum, { restarts }) => sum + restarts, 0);
}

export const killPostgres: Fault = {
  number: '2',
  name: 'kill-postgres',
  does: 'kill -9 of PostgreSQL, again and again, under load',
  passes: '0 acknowledged lost; ready within 2 s; the door open within 5 s, no service restarted',
  method: 'As 1; the postmaster is killed, its sessions end with it.',
  stack: 'any',
  seconds: 90,
  run: async (scene) => {
    const { stack } = scene;
    const before = await restartsOf(stack);
    const readies: number[] = [];
    const load = { bareEveryMs: 300, realEveryMs: 20_000 };
    const { judgement, closedMs } = await underLoad(scene, load, async () => {
      await again(scene, everyMs, async () => {
        if (await stack.signal('postgres', 'SIGKILL'))
          readies.push(await timeToReady(stack, 'postgres'));
      });
    });
    const restarted = (await restartsOf(stack)) - before;
    return {
      measured: `${readies.length} kills; ${judgement.words}; ready after ${inSeconds(longest(readies))} at most, door closed ${inSeconds(longest(closedMs))} at most, ${restarted} restarts of services`,
      problems: [
        ...judgement.problems,
        ...unless(longest(readies) <= readyMs, `ready only after ${inSeconds(longest(readies))}`),
        ...unless(longest(closedMs) <= backMs, `door closed for ${inSeconds(longest(closedMs))}`),
        ...unless(restarted === 0, `${restarted} restarts of services`),
      ],
    };
  },
};
