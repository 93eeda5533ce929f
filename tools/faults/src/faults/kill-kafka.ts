/** 3: the broker is killed, and stays away for a while. */

import { setTimeout as pause } from 'node:timers/promises';
import { CreateApplicationCommand } from '@aws-sdk/client-emr-serverless';
import { type Fault, unless } from '../fault.ts';
import { eventually, type Stack } from '../stack.ts';
import { again, inSeconds, underLoad } from '../under-load.ts';

/** Commands that no run follows are the appends that can be timed; billing registers a payer for each. */
async function timedAppends(stack: Stack, over: AbortSignal, betweenMs = 20): Promise<number[]> {
  const took: number[] = [];
  while (!over.aborted) {
    const beganMs = performance.now();
    await stack.emr.send(
      new CreateApplicationCommand({ type: 'SPARK', releaseLabel: 'emr-7.13.0', name: 'append' }),
    );
    took.push(performance.now() - beganMs);
    await pause(betweenMs);
  }
  return took;
}

/** As many events as clients side by side bring about. */
const gather = (stack: Stack, over: AbortSignal): Promise<unknown> =>
  Promise.all(Array.from({ length: 16 }, () => timedAppends(stack, over, 0)));

const p99 = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? 0;

type Seen = { readonly appended: number; readonly seen: number };

/** How many events there are, and how many of them the slowest service has seen. */
async function seenOf(stack: Stack): Promise<Seen> {
  const schemas = [
    'job_scheduler',
    'capacity',
    'billing',
    'iam_authorizer',
    'application_registry',
  ];
  const cursors = schemas.map((schema) => `select min(global_seq) as at from ${schema}.cursor`);
  const [row] = await stack.sql<Record<keyof Seen, string>>(
    `select (select count(*) from log.event) as appended, min(at) as seen from (${cursors.join(' union all ')}) c`,
  );
  return { appended: Number(row?.appended ?? 0), seen: Number(row?.seen ?? 0) };
}

/** Holds the broker down: it is killed again as soon as it is started. */
async function holdDown(stack: Stack, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await stack.signal('kafka', 'SIGKILL').catch(() => undefined);
    await pause(200);
  }
}

type Drained = {
  readonly gathered: number;
  /** What gathered, and what services and clients added meanwhile. */
  readonly taken: number;
  readonly silentMs: number;
  readonly ms: number;
};

/** So few are what the broker still had, or what comes in a moment. */
const few = 20;

/** To look counts the log: more often, and it takes the processors from those whom it watches. */
const lookEveryMs = 500;

/** Watches what has gathered being taken: how long nothing came yet, and how long it took from then on. */
async function drain(stack: Stack): Promise<Drained> {
  const before = await seenOf(stack);
  const beganMs = performance.now();
  let flowsMs: number | null = null;
  const look = async (): Promise<number | undefined> => {
    const { appended, seen } = await seenOf(stack);
    if (seen - before.seen > few) flowsMs ??= performance.now();
    return appended - seen <= few ? seen - before.seen : undefined;
  };
  const taken = await eventually('what had gathered was taken', look, undefined, lookEveryMs);
  const silentMs = (flowsMs ?? performance.now()) - beganMs;
  const ms = performance.now() - beganMs - silentMs;
  return { gathered: before.appended - before.seen, taken, silentMs, ms };
}

export const killKafka: Fault = {
  number: '3',
  name: 'kill-kafka',
  does: 'kill -9 of the broker, again and again; then it stays down while commands go on',
  passes:
    'p99 of a command at most twice that with a broker; what has gathered is taken at 10,000 events a second; order kept',
  method:
    'Down means killed at every start. Commands are CreateApplication through the door; those of one client are timed, sixteen bring about what gathers. The rate is that of the slowest service, from its first event to its last, over all that it took: billing registers a payer for each application, which is an event again.',
  stack: 'any',
  seconds: 90,
  run: async (scene) => {
    const { stack, seconds, say } = scene;
    const third = Math.round(seconds / 3);
    let kills = 0;
    let drained: Drained = { gathered: 0, taken: 0, silentMs: 0, ms: 1 };
    const took: { with: number[]; without: number[] } = { with: [], without: [] };
    const { judgement } = await underLoad(scene, { bareEveryMs: 1_000 }, async () => {
      took.with = await timedAppends(stack, AbortSignal.timeout(third * 1_000));
      kills = await again({ ...scene, seconds: third }, 8_000, () =>
        stack.signal('kafka', 'SIGKILL'),
      );
      await stack.whenReady();
      const down = new AbortController();
      const held = holdDown(stack, down.signal);
      took.without = await timedAppends(stack, AbortSignal.timeout(third * 1_000));
      await gather(stack, AbortSignal.timeout(third * 1_000));
      down.abort();
      await held;
      drained = await drain(stack);
      say(`drained ${drained.taken} events`);
    });
    const rate = Math.round((drained.taken / drained.ms) * 1_000);
    const [withIt, without] = [p99(took.with), p99(took.without)];
    return {
      measured: `${kills} kills, ${2 * third} s down; ${judgement.words}; p99 ${Math.round(withIt)} ms with, ${Math.round(without)} ms without a broker; ${drained.gathered} events gathered, taken with what followed from them at ${rate}/s, the first ${inSeconds(drained.silentMs)} after the broker may start`,
      problems: [
        ...judgement.problems,
        ...unless(without <= 2 * withIt, 'commands were more than twice as slow'),
        ...unless(rate >= 10_000, `drained at ${rate} events/s`),
      ],
    };
  },
};
