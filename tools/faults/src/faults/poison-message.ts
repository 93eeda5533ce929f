/** 12: an event that no service can take. */
import { randomUUID } from 'node:crypto';
import { type Fault, unless } from '../fault.ts';
import { unended } from '../judges.ts';
import { eventually } from '../stack.ts';
import { inSeconds } from '../under-load.ts';
import { prepare, startRun } from '../workload.ts';

const othersMs = 10_000;

const parkedIn = (list: string, stream: string): number =>
  list.split('\n').filter((line) => line.includes(stream)).length;

export const poisonMessage: Fault = {
  number: '12',
  name: 'poison-message',
  does: 'an event that capacity and billing cannot take, and runs after it',
  passes: 'parked after five tries, the other streams move on within 10 s, status says so',
  method:
    'A JobRunSubmitted without its fields, appended with job-scheduler’s own login; the installation is thrown away after, since no bill of this log is right any more.',
  stack: 'spoiled',
  seconds: 0,
  run: async ({ stack }) => {
    const place = await prepare(stack);
    const stream = `job-run-00poison${randomUUID().slice(0, 8)}`;
    const beganMs = performance.now();
    await stack.sql(
      `select log.append_events(?, '[1]', '["JobRunSubmitted"]', '[{}]', '[{}]')`,
      [JSON.stringify([stream])],
      'job_scheduler',
    );
    await startRun(stack.emr, place, { token: randomUUID(), seconds: 0 });
    const left = await unended(stack, place, 60_000);
    const tookMs = performance.now() - beganMs;
    const list = await eventually('parked by both', async () => {
      const { output } = await stack.firesteel('parked', 'list');
      return parkedIn(output, stream) >= 2 ? output : undefined;
    });
    const parked = parkedIn(list, stream);
    const { output } = await stack.firesteel('status');
    const words = list.match(/(\S+):(\d+)/);
    const dropped = await stack.firesteel('parked', 'drop', words?.[0] ?? '');
    return {
      measured: `parked by ${parked} services; a run submitted after it ended ${inSeconds(tookMs)} later`,
      problems: [
        ...unless(left.length === 0, 'the run after it does not end'),
        ...unless(tookMs <= othersMs, `the others waited ${inSeconds(tookMs)}`),
        ...unless(/parked|aside/i.test(output), 'status does not say so'),
        ...unless(dropped.status === 0, `cannot be dropped: ${dropped.output}`),
      ],
    };
  },
};
