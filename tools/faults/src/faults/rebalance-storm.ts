/** 11: strangers join our consumers' groups and leave them, again and again. */

import { setTimeout as pause } from 'node:timers/promises';
import { createKafka } from '@firesteel/messaging/kafka';
import { type Fault, unless } from '../fault.ts';
import { again, underLoad } from '../under-load.ts';

export const rebalanceStorm: Fault = {
  number: '11',
  name: 'rebalance-storm',
  does: 'strangers join the group of every service’s consumer and leave it every 2 s, under load',
  passes: '0 lost, 0 doubled, every run ends, nobody waits more than 30 s',
  method:
    'A stranger takes the one partition away while it is there. Waiting is watched as the age of the oldest event that some service has not seen.',
  stack: 'any',
  seconds: 60,
  run: async (scene) => {
    const { stack } = scene;
    const kafka = createKafka([`127.0.0.1:${stack.portOf('kafka')}`], 'stranger');
    const admin = kafka.admin();
    await admin.connect();
    let joins = 0;
    let oldestMs = 0;
    const watch = async (over: AbortSignal): Promise<void> => {
      while (!over.aborted) {
        const [row] = await stack.sql<{ age: number | null }>(
          `select extract(epoch from clock_timestamp() - min(e.recorded_at))::float * 1000 as age
           from log.event e left join log.sequenced s using (pos)
           where s.global_seq > (select min(c.global_seq) from (select global_seq from capacity.cursor
             union all select global_seq from job_scheduler.cursor union all select global_seq from billing.cursor) c)`,
        );
        oldestMs = Math.max(oldestMs, row?.age ?? 0);
        await pause(500);
      }
    };
    const { judgement } = await underLoad(
      scene,
      { bareEveryMs: 500, realEveryMs: 20_000 },
      async () => {
        const over = new AbortController();
        const watching = watch(over.signal);
        await again(scene, 1_000, async () => {
          const { groups } = await admin.listGroups();
          const ours = groups.filter(({ groupId }) => groupId.includes('.reactions-'));
          const strangers = ours.map(({ groupId }) =>
            kafka.consumer({ groupId, maxWaitTimeInMs: 200 }),
          );
          await Promise.all(
            strangers.map(async (stranger) => {
              await stranger.connect();
              await stranger.subscribe({ topic: 'ledger.v1' });
              await stranger.run({ autoCommit: false, eachBatch: async () => undefined });
              joins += 1;
            }),
          );
          await pause(2_000);
          await Promise.all(strangers.map((stranger) => stranger.disconnect()));
        });
        over.abort();
        await watching;
      },
    );
    await admin.disconnect();
    return {
      measured: `${joins} joins; ${judgement.words}; the oldest unseen event was ${(oldestMs / 1_000).toFixed(1)} s old at most`,
      problems: [
        ...judgement.problems,
        ...unless(oldestMs <= 30_000, `an event waited ${oldestMs} ms`),
      ],
    };
  },
};
