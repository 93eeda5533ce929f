/** 1a: every process there is, PostgreSQL, Kafka and the supervisor among them, is killed at random. */
import type { Fault, Scene } from '../fault.ts';
import { again, inSeconds, longest, oneOf, underLoad } from '../under-load.ts';

/** Kills one of them, or one time in eight all; a supervisor is started again, as its owner would. @returns how many */
async function strike({ stack, random, say }: Scene, names: readonly string[]): Promise<number> {
  const victims = random() < 0.125 ? names : [oneOf(names, random)];
  const killed: string[] = [];
  for (const victim of victims) if (await stack.signal(victim, 'SIGKILL')) killed.push(victim);
  say(`killed ${killed}`);
  if (killed.includes('supervisor')) await stack.firesteel('up');
  return killed.length;
}

export const killEverything: Fault = {
  number: '1a',
  name: 'kill-everything',
  does: 'kill -9 of any process, PostgreSQL, Kafka, supervisor and workers among them, at random, under load; one time in eight all of them at once',
  passes: '0 acknowledged lost, 0 doubled, 0 orphans, every run ends (100 kills in 1,800 s)',
  method:
    'As 1. A supervisor that was killed is started again with `firesteel up`, as its owner would. Real runs may try ten times.',
  stack: 'any',
  seconds: 180,
  run: async (scene) => {
    const { stack, seconds } = scene;
    let kills = 0;
    const load = { bareEveryMs: 500, realEveryMs: 25_000, attempts: 10 };
    const seen = await underLoad(scene, load, async () => {
      const { processes = [] } = (await stack.status()) ?? {};
      const names = [...processes.map(({ name }) => name), 'supervisor'];
      await again(scene, Math.min(18_000, (seconds * 1_000) / 10), async () => {
        kills += await strike(scene, names);
      });
    });
    return {
      measured: `${kills} kills in ${seconds} s; ${seen.judgement.words}; door closed ${inSeconds(longest(seen.closedMs))} at most`,
      problems: seen.judgement.problems,
    };
  },
};
