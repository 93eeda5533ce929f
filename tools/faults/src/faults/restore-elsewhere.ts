/** 9: a backup becomes another installation, which goes on. */
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '../config.ts';
import { type Fault, unless } from '../fault.ts';
import { copyFolder, whileFrozen } from '../image.ts';
import { logProblems, unended } from '../judges.ts';
import { startStack } from '../stack.ts';
import { underLoad } from '../under-load.ts';
import { startRun } from '../workload.ts';

type Head = { readonly seq: string; readonly hash: string };
const heads = `select global_seq::text as seq, encode(hash, 'hex') as hash from log.sequenced`;

export const restoreElsewhere: Fault = {
  number: '9',
  name: 'restore-elsewhere',
  does: 'a backup taken under load is restored as another installation, with an empty broker, and goes on',
  passes:
    'the same head of the chain; the relay goes on; every consumer reaches the end without a gap',
  method:
    'The backup is PostgreSQL’s folder, its processes stopped while it is copied, and the secrets. Kafka begins with nothing.',
  stack: 'any',
  seconds: 10,
  run: async (scene) => {
    const { stack, seconds } = scene;
    const home = mkdtempSync(join(tmpdir(), 'firesteel-restored-'));
    mkdirSync(join(home, 'data'), { mode: 0o700 });
    const { judgement, place } = await underLoad(scene, { bareEveryMs: 100 }, async () => {
      await pause(seconds * 1_000);
      await whileFrozen(stack, () =>
        copyFolder(join(stack.home, 'data', 'postgres'), join(home, 'data', 'postgres')),
      );
    });
    cpSync(join(stack.home, 'secrets'), join(home, 'secrets'), { recursive: true });
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
    }
  },
};
