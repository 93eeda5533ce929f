/** 15: wall clocks that are hours off and drift, in the middle of a job. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { GetApplicationCommand } from '@aws-sdk/client-emr-serverless';
import { type Fault, unless } from '../fault.ts';
import { logProblems } from '../judges.ts';
import { watchLives, workerProcesses } from '../processes.ts';
import { eventually, type Stack } from '../stack.ts';
import { endOf, type Place, prepare, startRun } from '../workload.ts';
import { setClock, type Wrong } from '../wrong-clocks.ts';
import { overbilled } from './kill-workers.ts';

const hourMs = 3_600_000;
/** The job takes a minute with clocks that are right. */
const patienceMs = 240_000;
const wrongs: Readonly<Record<string, Wrong>> = {
  capacity: { offsetMs: 3 * hourMs, driftMsPerSecond: 10_000 },
  'worker-agent-zone-a': { offsetMs: -3 * hourMs, driftMsPerSecond: -10_000 },
  'job-scheduler': { offsetMs: -3 * hourMs },
  billing: { offsetMs: 3 * hourMs },
};

/** What a client is told whose clock is three hours ahead. */
async function skewedAnswer(stack: Stack, { applicationId }: Place): Promise<string> {
  const client = stack.clientAt(3 * hourMs);
  return client.send(new GetApplicationCommand({ applicationId })).then(
    () => 'taken',
    (error: Error) => error.message,
  );
}

export const wrongClock: Fault = {
  number: '15',
  name: 'wrong-clock',
  does: 'in the middle of a job the clocks of capacity (+3 h, +10 s a second), its agent (−3 h, −10 s a second), job-scheduler (−3 h) and billing (+3 h) go wrong; a client is 3 h ahead',
  passes: 'the job succeeds and is billed as its workers lived; the client is told both times',
  method:
    'The services are killed and go on with a `Date` that is wrong from the start; monotonic clocks stay, as they do on a real machine. Leap seconds and summer time do not exist in UTC milliseconds. Services’ tokens rest on the machine’s monotonic clock.',
  stack: 'any',
  seconds: 30,
  run: async ({ stack, seconds, say }) => {
    const place = await prepare(stack);
    const over = new AbortController();
    const lives = watchLives(stack.home, over.signal);
    const ends: (() => Promise<void>)[] = [];
    try {
      const id = await startRun(stack.emr, place, { token: randomUUID(), seconds: seconds + 30 });
      await eventually('its workers', () =>
        workerProcesses(stack.home).length >= 2 ? true : undefined,
      );
      await pause(15_000);
      for (const [name, wrong] of Object.entries(wrongs))
        ends.push(await setClock(stack, name, wrong));
      say('all clocks are wrong');
      const run = await endOf(stack, place, id, patienceMs);
      const answer = await skewedAnswer(stack, place);
      for (const end of ends.splice(0)) await end();
      await stack.whenReady();
      over.abort();
      const bills = await eventually('its bill', async () => {
        const found = await overbilled(stack, await lives);
        return found.checked >= 2 ? found : undefined;
      });
      const negative = await stack.sql(
        `select 1 from log.event where type = 'WorkerUsageMetered' and (data->>'usedSeconds')::int < 0`,
      );
      const times = answer.match(/\d{8}T\d{6}Z/g) ?? [];
      return {
        measured: `${run.state}; ${bills.checked} bills held against lives, ${bills.problems.length} above, ${negative.length} below zero; the client is told ${new Set(times).size} times`,
        problems: [
          ...bills.problems,
          ...unless(run.state === 'SUCCESS', `${run.state}: ${run.stateDetails}`),
          ...unless(negative.length === 0, 'a negative bill'),
          ...unless(times.length >= 2, `a skewed client is told: ${answer}`),
          ...(await logProblems(stack)),
        ],
      };
    } finally {
      over.abort();
      for (const end of ends) await end();
    }
  },
};
