/** 1: every service of ours is killed, one at a time, by chance. */
import { type Fault, unless } from '../fault.ts';
import { again, inSeconds, longest, oneOf, underLoad } from '../under-load.ts';

const everyMs = 6_000;
const doorMs = 3_000;

export const killServices: Fault = {
  number: '1',
  name: 'kill-services',
  does: 'kill -9 of one service after another, at random, under load',
  passes:
    '0 acknowledged lost, 0 doubled, 0 orphans, every run ends; the door closed at most 3 s a kill',
  method:
    'Clients start runs without a JVM (the whole way to an agent and back) and real ones; a journal outside holds what they were told. The door is a GetApplication ten times a second, without retries.',
  stack: 'any',
  seconds: 120,
  run: async (scene) => {
    const { stack, random, say } = scene;
    const infrastructure = new Set(['postgres', 'kafka']);
    let kills = 0;
    const seen = await underLoad(scene, { bareEveryMs: 400, realEveryMs: 20_000 }, async () => {
      const { processes = [] } = (await stack.status()) ?? {};
      const names = processes.map(({ name }) => name).filter((name) => !infrastructure.has(name));
      kills = await again(scene, everyMs, async () => {
        const victim = oneOf(names, random);
        if (await stack.signal(victim, 'SIGKILL')) say(`killed ${victim}`);
      });
    });
    const { judgement, closedMs } = seen;
    return {
      measured: `${kills} kills; ${judgement.words}; door closed ${closedMs.length} times, ${inSeconds(longest(closedMs))} at most`,
      problems: [
        ...judgement.problems,
        ...unless(
          longest(closedMs) <= doorMs,
          `the door was closed for ${inSeconds(longest(closedMs))}`,
        ),
      ],
    };
  },
};
