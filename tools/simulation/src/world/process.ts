/**
 * A process of the simulation: code that runs in it, and what follows from that code, knows in which
 * life it runs. When that life is over the code goes no further: what it waits for never comes.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Agenda } from './agenda.ts';

/** What becomes of a commit. */
export type Fate = {
  /** The process dies before it, or after it and before it hears of it. */
  readonly dies: 'before' | 'after' | null;
  /** How long the disk takes, in milliseconds. */
  readonly acknowledgedAfterMs: number;
};

export type Faults = {
  readonly fateOf: (process: string) => Fate;
  /** Whether an append meets another that was first. */
  readonly conflicts: () => boolean;
};

const lives = new AsyncLocalStorage<Life>();

/** The life in which the code that asks runs; none while the simulation is set up. */
export const currentLife = (): Life | undefined => lives.getStore();

/** What a dead process waits for. */
export const never = <Result>(): Promise<Result> => new Promise<Result>(() => {});

/** One life of a process, from its start to its crash. */
export class Life {
  readonly process: string;
  readonly faults: Faults;
  readonly agenda: Agenda;
  /** How far its clock is ahead of the truth, in milliseconds. */
  readonly clockSkewMs: number;
  private ended = false;
  private frozenUntilMs = 0;
  private readonly deaths: (() => void)[] = [];

  constructor(process: string, agenda: Agenda, faults: Faults, clockSkewMs: number) {
    this.process = process;
    this.agenda = agenda;
    this.faults = faults;
    this.clockSkewMs = clockSkewMs;
  }

  get isOver(): boolean {
    return this.ended;
  }

  readonly now = (): Date => new Date(beginning + this.agenda.nowMs() + this.clockSkewMs);

  /** Has code run in this life. */
  run<Result>(work: () => Result): Result {
    return lives.run(this, work);
  }

  /** As SIGSTOP and SIGCONT do. */
  freeze(forMs: number): void {
    this.frozenUntilMs = Math.max(this.frozenUntilMs, this.agenda.nowMs() + forMs);
  }

  /** Goes on once the process is not frozen; never when it is dead. */
  async awake(): Promise<void> {
    while (!this.ended && this.frozenUntilMs > this.agenda.nowMs())
      await this.agenda.pause(this.frozenUntilMs - this.agenda.nowMs());
    if (this.ended) await never();
  }

  async pause(delayMs: number): Promise<void> {
    if (delayMs > 0) await this.agenda.pause(delayMs);
    await this.awake();
  }

  readonly later = (work: () => void, delayMs: number): (() => void) => {
    let wanted = true;
    const inTime = async (): Promise<void> => {
      await this.awake();
      if (wanted) this.run(work);
    };
    const cancel = this.agenda.after(delayMs, () => void inTime());
    return () => {
      wanted = false;
      cancel();
    };
  };

  onDeath(work: () => void): void {
    this.deaths.push(work);
  }

  die(): void {
    if (this.ended) return;
    this.ended = true;
    for (const work of this.deaths) work();
  }
}

/** When every simulation begins. */
export const beginning = Date.parse('2026-01-01T00:00:00.000Z');
