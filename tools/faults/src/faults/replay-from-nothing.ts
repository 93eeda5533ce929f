/** 13: every service's rows, worked out again from an empty table. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Fault, unless } from '../fault.ts';
import { lastLines } from '../programs.ts';
import { underLoad } from '../under-load.ts';

export const replayFromNothing: Fault = {
  number: '13',
  name: 'replay-from-nothing',
  does: 'the whole log is folded into nothing, twice, in two time zones and locales',
  passes: 'the rows of every service, byte for byte; the same digest both times',
  method:
    'firesteel replay on a log that the load has just written. How fast it folds is measured by the bench on a long log.',
  stack: 'any',
  seconds: 10,
  run: async (scene) => {
    const { stack, seconds } = scene;
    const { judgement } = await underLoad(scene, { bareEveryMs: 100 }, () =>
      pause(seconds * 1_000),
    );
    const here = await stack.firesteelAs({ TZ: 'UTC', LC_ALL: 'C' }, 'replay');
    const there = await stack.firesteelAs(
      { TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8' },
      'replay',
    );
    const digests = [here, there].map((done) => lastLines(done, 1));
    return {
      measured: `${judgement.words}; ${digests[0]}`,
      problems: [
        ...judgement.problems,
        ...unless(here.status === 0 && there.status === 0, lastLines(here, 3)),
        ...unless(digests[0] === digests[1], `another digest elsewhere: ${digests[1]}`),
      ],
    };
  },
};
