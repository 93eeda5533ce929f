/** Which batches are worth a transaction, one after another. */
import { createJudge, Gap, type Placed, type Taking, takeBatch } from './batch.ts';

export type InboxOptions = Taking & {
  /** Called after a batch with reactions has been committed, for effects outside the database. */
  readonly committed?: () => void;
  /** Called with what stopped a batch; the batch is tried again. */
  readonly failed: (error: unknown) => void;
  /** Does something later; left out: by the process' own clock. */
  readonly later?: (work: () => void, afterMs: number) => void;
};

/** How long, and how many, events that are not for a consumer may be without a trace in its cursor. */
const passingBy = { mostMs: 1_000, mostEvents: 1_000 };

const byOwnClock = (work: () => void, afterMs: number): void => {
  setTimeout(work, afterMs).unref();
};

/**
 * Takes batches, one after another. One with nothing for the consumer costs no transaction: that they have passed
 * is written down with the next that has something, or a second later. A crash between has them pass again.
 */
export class Inbox {
  private passed: readonly Placed[] = [];
  private turn: Promise<void> = Promise.resolve();
  private closed = false;
  private readonly options: InboxOptions;
  private readonly stumbled: (error: unknown) => void;
  private readonly judge = createJudge();
  /** What was not where it should be, and is looked for from the topic's beginning. */
  private sought: number | null = null;

  /** @param stumbled told what stopped a batch, after it has been counted */
  constructor(options: InboxOptions, stumbled: (error: unknown) => void) {
    this.options = options;
    this.stumbled = stumbled;
  }

  /** @throws what stopped it; then nothing of the batch was taken, and it is to come again */
  take(batch: readonly Placed[]): Promise<void> {
    return this.inTurn(async () => {
      const { reactions } = this.options;
      const isForUs = batch.some(({ type }) => Object.hasOwn(reactions, type));
      const waiting = this.passed.length;
      if (isForUs || waiting + batch.length > passingBy.mostEvents) return this.write(batch);
      this.passed = [...this.passed, ...batch];
      if (waiting === 0 && batch.length > 0) this.writeLater();
    });
  }

  /** Whatever comes later is left to the next life. */
  close(): void {
    this.closed = true;
  }

  private writeLater(): void {
    const { later = byOwnClock } = this.options;
    const write = (): Promise<void> =>
      this.inTurn(async () => {
        if (this.passed.length > 0 && !this.closed) await this.write([]);
      });
    later(() => void write().catch(() => this.writeLater()), passingBy.mostMs);
  }

  private async write(batch: readonly Placed[]): Promise<void> {
    const { passed, options, judge, sought } = this;
    const messages = [...passed, ...batch];
    try {
      const { next, reacted } = await takeBatch(options, messages, judge, sought);
      this.passed = [];
      judge.taken();
      if (reacted > 0) options.committed?.();
      const { globalSeq } = messages.at(-1) ?? { globalSeq: 0 };
      // As long as it is nowhere, the owner is to know.
      if (next === 0 && sought !== null && globalSeq > sought)
        options.failed(new Gap(sought, globalSeq));
    } catch (error) {
      options.failed(error);
      judge.failed(error);
      if (error instanceof Gap) {
        // What has passed is read again, from wherever that is.
        this.passed = [];
        this.sought = error.expected;
      }
      this.stumbled(error);
      throw error;
    }
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }
}
