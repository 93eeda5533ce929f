import { setTimeout as pause } from 'node:timers/promises';
import { createRounds } from './rounds.ts';

/** Rounds whose work ends when it is told to. */
const observed = (fail: (round: number) => boolean = () => false) => {
  const ends: (() => void)[] = [];
  const errors: unknown[] = [];
  const rounds = createRounds(
    async () => {
      const round = ends.length;
      await new Promise<void>((resolve) => ends.push(resolve));
      if (fail(round)) throw new Error(`round ${round}`);
    },
    (error) => errors.push(error),
  );
  return { ends, errors, rounds };
};

it('lets a burst share one more round and never overlaps', async () => {
  const { ends, rounds } = observed();
  for (let asked = 0; asked < 5; asked++) rounds.request();
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await pause(1);
  expect(ends).toHaveLength(2);
  ends[1]?.();
  await pause(1);
  expect(ends).toHaveLength(2);
});

it('tries again after a failure', async () => {
  const { ends, errors, rounds } = observed((round) => round === 0);
  rounds.request();
  ends[0]?.();
  await pause(600);
  expect([ends.length, errors]).toEqual([2, [new Error('round 0')]]);
});

it('stops after the round in hand', async () => {
  const { ends, rounds } = observed();
  rounds.request();
  rounds.request();
  const stopped = rounds.stop();
  ends[0]?.();
  await stopped;
  rounds.request();
  expect(ends).toHaveLength(1);
});
