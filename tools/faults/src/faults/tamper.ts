/** 27: somebody who is the database's administrator touches the log. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Fault, unless } from '../fault.ts';
import { copyFolder, folderFor, type Image, startImage, whileFrozen } from '../image.ts';
import { lastLines } from '../programs.ts';
import type { Stack } from '../stack.ts';
import { underLoad } from '../under-load.ts';

const tables = ['log.event', 'log.sequenced'];
/** A place in the middle: everything at or after it is suspect. */
const place = (seq: number): string => `(select pos from log.sequenced where global_seq = ${seq})`;

const kinds: readonly [name: string, statements: (seq: number) => readonly string[]][] = [
  [
    'a flipped bit',
    (seq) => [`update log.event set data = (data::text || ' ')::json where pos = ${place(seq)}`],
  ],
  [
    'another time',
    (seq) => [
      `update log.event set recorded_at = recorded_at + interval '1 microsecond' where pos = ${place(seq)}`,
    ],
  ],
  [
    'a deleted event',
    (seq) => [
      `delete from log.event where pos = ${place(seq)}`,
      `delete from log.sequenced where global_seq = ${seq}`,
    ],
  ],
  [
    'a cut-off end',
    (seq) => [
      `delete from log.event where pos in (select pos from log.sequenced where global_seq >= ${seq})`,
      `delete from log.sequenced where global_seq >= ${seq}`,
    ],
  ],
  [
    'two swapped events',
    (seq) => [
      `create temp table two as select global_seq, pos from log.sequenced where global_seq in (${seq}, ${seq + 1})`,
      `update log.sequenced set pos = -pos where global_seq in (${seq}, ${seq + 1})`,
      `update log.sequenced s set pos = t.pos from two t where s.global_seq + t.global_seq = ${2 * seq + 1}`,
    ],
  ],
];

/** As one who has every right, with no trigger and no foreign key in the way. */
const tamper = (image: Image, statements: readonly string[]): Promise<unknown> =>
  image.sql(`set session_replication_role = replica; ${statements.join('; ')}`);

const keep = tables.map((table) => `create table ${table}_kept as table ${table}`);
const mend = tables.flatMap((table) => [
  `delete from ${table}`,
  `insert into ${table} ${table === 'log.event' ? 'overriding system value' : ''} select * from ${table}_kept`,
]);

const verify = (stack: Stack, { url }: Image, ...words: string[]) =>
  stack.firesteelAs({ DATABASE_URL: url }, 'verify', ...words);

export const tamperWithLog: Fault = {
  number: '27',
  name: 'tamper',
  does: `the log is touched in ${kinds.length} ways by a database administrator`,
  passes:
    'firesteel verify names the first bad sequence number each time, and is content when it is undone',
  method:
    'On a copy of the database, held against the head that an earlier verification printed. Re-chaining, insertion and the rest of the ten kinds are tests of tools/audit.',
  stack: 'any',
  seconds: 5,
  run: async (scene) => {
    const { stack, seconds } = scene;
    await underLoad(scene, { bareEveryMs: 100 }, () => pause(seconds * 1_000));
    const folder = folderFor(stack);
    await whileFrozen(stack, () =>
      copyFolder(join(stack.home, 'data', 'postgres'), join(folder, 'postgres')),
    );
    const image = await startImage(stack, folder);
    try {
      await tamper(image, keep);
      const sound = await verify(stack, image);
      const head = /head (\d+):([0-9a-f]+)/.exec(sound.output);
      const seq = Math.floor(Number(head?.[1]) / 2);
      const problems = unless(sound.status === 0 && seq > 0, `unsound before: ${lastLines(sound)}`);
      const against = ['--head', `${head?.[1]}:${head?.[2]}`];
      for (const [name, statements] of kinds) {
        await tamper(image, statements(seq));
        const found = await verify(stack, image, ...against);
        const named = Number(/first bad sequence number (\d+)/.exec(found.output)?.[1]);
        problems.push(
          ...unless(found.status === 1 && named === seq, `${name} at ${seq}: ${lastLines(found)}`),
        );
        scene.say(`${name}: ${lastLines(found, 1)}`);
        await tamper(image, mend);
      }
      const mended = await verify(stack, image, ...against);
      return {
        measured: `${kinds.length - problems.length} of ${kinds.length} found at event ${seq} of ${head?.[1]}`,
        problems: [
          ...problems,
          ...unless(mended.status === 0, `unsound when undone: ${lastLines(mended)}`),
        ],
      };
    } finally {
      await image.stop();
    }
  },
};
