/** 8: the disk is full, for everything at once. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '../config.ts';
import { type Fault, unless } from '../fault.ts';
import { eventually, startStack } from '../stack.ts';
import { inSeconds, underLoad } from '../under-load.ts';
import { startRun } from '../workload.ts';

const sizeMb = 900;
const healMs = 30_000;

export const diskFull: Fault = {
  number: '8',
  name: 'disk-full',
  does: 'the disk of PostgreSQL, Kafka, logs and workers is filled up under load, then there is space again',
  passes:
    'nothing acknowledged is lost, no corruption, commands work within 30 s of there being space, nobody helps',
  method: `An installation of its own on a tmpfs of ${sizeMb} MB, all of it at once, which is the worst case of the three disks. Needs root.`,
  stack: 'none',
  seconds: 20,
  run: async (scene) => {
    if (process.getuid?.() !== 0) throw new Error('a file system is mounted: needs root');
    const home = mkdtempSync(join(tmpdir(), 'firesteel-small-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m,mode=755`, 'tmpfs', home]);
    try {
      const stack = await startStack(readConfig().full, {}, home);
      try {
        const filler = join(home, 'filler');
        let healed = Number.POSITIVE_INFINITY;
        const seen = await underLoad({ ...scene, stack }, { bareEveryMs: 100 }, async (place) => {
          await pause(3_000);
          // Until there is no room for another byte, whoever else writes meanwhile.
          const { status } = spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k']);
          if (status === 0) throw new Error('the disk has no end');
          scene.say('full');
          await pause(scene.seconds * 1_000);
          rmSync(filler);
          const beganMs = performance.now();
          const token = 'after-the-flood';
          await eventually('a command that works', () =>
            startRun(stack.once, place, { token, seconds: 0 }).catch(() => undefined),
          );
          healed = performance.now() - beganMs;
        });
        return {
          measured: `full for ${scene.seconds} s; ${seen.judgement.words}; commands ${inSeconds(healed)} after there was space`,
          problems: [
            ...seen.judgement.problems,
            ...unless(healed <= healMs, `commands only after ${inSeconds(healed)}`),
          ],
        };
      } finally {
        await stack.firesteel('down');
      }
    } finally {
      execFileSync('umount', ['-l', home]);
      rmSync(home, { recursive: true, force: true });
    }
  },
};
