/** 9: a backup becomes another installation, which goes on. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '../config.ts';
import { type Fault, unless } from '../fault.ts';
import { logProblems, unended } from '../judges.ts';
import { type Command, startStack } from '../stack.ts';
import { underLoad } from '../under-load.ts';
import { startRun } from '../workload.ts';

type Head = { readonly seq: string; readonly hash: string };
const heads = `select global_seq::text as seq, encode(hash, 'hex') as hash from log.sequenced`;

function requireDone({ status, output }: Command): void {
  if (status !== 0) throw new Error(output);
}

export const restoreElsewhere: Fault = {
  number: '9',
  name: 'restore-elsewhere',
  does: 'a backup taken under load is restored as another installation, with an empty broker, and goes on',
  passes:
    'the same head of the chain; the relay goes on; every consumer reaches the end without a gap',
  method:
    '`firesteel backup` while the load goes on, `firesteel restore` into an empty FIRESTEEL_HOME. Kafka begins with nothing.',
  stack: 'any',
  seconds: 10,
  run: async (scene) => {
    const { stack, seconds } = scene;
    const folder = mkdtempSync(join(tmpdir(), 'firesteel-restored-'));
    const [copy, home] = [join(folder, 'copy'), join(folder, 'home')];
    const { judgement, place } = await underLoad(scene, { bareEveryMs: 100 }, async () => {
      await pause(seconds * 1_000);
      requireDone(await stack.firesteel('backup', copy));
    });
    requireDone(await stack.firesteelAs({ FIRESTEEL_HOME: home }, 'restore', copy));
    const restored = await startStack(readConfig().full, {}, home);
    try {
      const [head] = await restored.sql<Head>(
        `${heads} order by global_seq limit 1 offset (select count(*) - 1 from log.sequenced)`,
      );
      const [same] = await stack.sql<Head>(
        `${heads} where global_seq <= ? order by global_seq desc limit 1`,
        [Number(head?.seq)],
      );
      await startRun(restored.emr, place, { token: randomUUID(), seconds: 0 });
      const left = await unended(restored, place);
      return {
        measured: `restored at event ${head?.seq}, head ${head?.hash === same?.hash ? 'the same' : 'another'}; ${left.length} runs not ended there; ${judgement.words} in the original`,
        problems: [
          ...judgement.problems,
          ...unless(head !== undefined && head.hash === same?.hash, 'another head'),
          ...left.map((run) => `not ended in the restored one: ${run}`),
          ...(await logProblems(restored)),
        ],
      };
    } finally {
      await restored.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
