/** The frame of most faults: clients at work with a journal, the fault, the end of the load, the judgement. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Scene } from './fault.ts';
import { openJournal } from './journal.ts';
import { type Judgement, judge } from './judges.ts';
import { type Life, watchLives } from './processes.ts';
import { keepStarting, type Place, prepare, watchDoor } from './workload.ts';

/** How busy the clients are. */
export type Load = {
  /** Milliseconds between two runs without a JVM. */
  readonly bareEveryMs: number;
  /** Milliseconds after a real run was accepted until the next one is asked for; undefined: none. */
  readonly realEveryMs?: number;
  readonly realSeconds?: number;
  readonly attempts?: number;
};

/** What was seen from outside. */
export type Seen = {
  readonly place: Place;
  readonly judgement: Judgement;
  /** For how many milliseconds the door was closed, each time. */
  readonly closedMs: readonly number[];
  readonly lives: ReadonlyMap<string, Life>;
};

/** Runs `act` while clients work, for as long as it takes; then lets everything end and judges. */
export async function underLoad(
  scene: Scene,
  load: Load,
  act: (place: Place) => Promise<void>,
): Promise<Seen> {
  const { stack, say } = scene;
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-journal-'));
  const file = join(folder, 'journal.ndjson');
  const journal = openJournal(file);
  const place = await prepare(stack);
  const over = new AbortController();
  const judged = new AbortController();
  const { bareEveryMs, realEveryMs, realSeconds = 5, attempts } = load;
  const retried = attempts === undefined ? {} : { attempts };
  const clients = [
    keepStarting(stack, place, journal, { everyMs: bareEveryMs, seconds: 0 }, over.signal),
    ...(realEveryMs === undefined
      ? []
      : [
          keepStarting(
            ...([stack, place, journal] as const),
            { everyMs: realEveryMs, seconds: realSeconds, ...retried },
            over.signal,
          ),
        ]),
  ];
  const lives = watchLives(stack.home, judged.signal);
  const door = watchDoor(stack, place, judged.signal);
  try {
    await act(place);
    over.abort();
    await Promise.all(clients);
    const backMs = await stack.whenReady();
    say(`the load has ended; all ready after ${(backMs / 1_000).toFixed(1)} s; judging`);
    const judgement = await judge(stack, place, file);
    judged.abort();
    return { place, judgement, closedMs: await door, lives: await lives };
  } finally {
    over.abort();
    judged.abort();
    await Promise.allSettled(clients);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One of them by chance. */
export const oneOf = <Value>(values: readonly Value[], random: () => number): Value =>
  values[Math.floor(random() * values.length)] as Value;

/** Does something again and again, at even times, until the seconds are over. @returns how often */
export async function again(
  { seconds, random }: Pick<Scene, 'seconds' | 'random'>,
  everyMs: number,
  act: () => Promise<unknown>,
): Promise<number> {
  const endMs = performance.now() + seconds * 1_000;
  let times = 0;
  while (performance.now() < endMs) {
    await act();
    times += 1;
    // Not in step with anything that beats by itself.
    await pause(everyMs * (0.5 + random()));
  }
  return times;
}

/** Milliseconds in seconds, for people. */
export const inSeconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** The longest of them; 0 of none. */
export const longest = (values: readonly number[]): number => Math.max(0, ...values);
