/** The virtual clock: what is to happen when. Time passes only from one entry to the next. */
import { setImmediate as turn } from 'node:timers/promises';

type Entry = { readonly atMs: number; readonly place: number; readonly work: () => void };

export type Agenda = {
  /** Milliseconds since the simulation began. */
  readonly nowMs: () => number;
  /** Has `work` done so many milliseconds from now; answers how to call it off. */
  readonly after: (delayMs: number, work: () => void) => () => void;
  readonly pause: (delayMs: number) => Promise<void>;
  /**
   * Does the next entry that is due by then, with everything that follows from it without waiting for
   * time; false when there is none.
   */
  readonly step: (untilMs: number) => Promise<boolean>;
};

const isBefore = (a: Entry, b: Entry): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.place < b.place);

/** A binary heap; the soonest entry is the first. */
function createQueue() {
  const heap: Entry[] = [];
  const at = (index: number): Entry => heap[index] as Entry;
  const swap = (a: number, b: number): void => {
    [heap[a], heap[b]] = [at(b), at(a)];
  };
  const rise = (index: number): void => {
    const parent = (index - 1) >> 1;
    if (index === 0 || !isBefore(at(index), at(parent))) return;
    swap(index, parent);
    rise(parent);
  };
  const sink = (index: number): void => {
    const [left, right] = [2 * index + 1, 2 * index + 2];
    const isLess = (child: number, than: number): boolean =>
      child < heap.length && isBefore(at(child), at(than));
    let first = isLess(left, index) ? left : index;
    if (isLess(right, first)) first = right;
    if (first === index) return;
    swap(index, first);
    sink(first);
  };
  return {
    peek: (): Entry | undefined => heap[0],
    put: (entry: Entry): void => {
      heap.push(entry);
      rise(heap.length - 1);
    },
    take: (): void => {
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return;
      heap[0] = last;
      sink(0);
    },
  };
}

/** Groups of commands wait for a turn of the event loop before they set out, and one step may lead to several. */
const turnsOfAStep = 8;

/** Nothing in a simulation waits for anything but this agenda: some turns of the event loop and all is done. */
async function settled(): Promise<void> {
  for (let taken = 0; taken < turnsOfAStep; taken += 1) await turn();
}

export function createAgenda(): Agenda {
  const queue = createQueue();
  let nowMs = 0;
  let places = 0;
  const after = (delayMs: number, work: () => void): (() => void) => {
    let wanted = true;
    places += 1;
    const done = (): void => {
      if (wanted) work();
    };
    queue.put({ atMs: nowMs + Math.max(0, delayMs), place: places, work: done });
    return () => {
      wanted = false;
    };
  };
  return {
    nowMs: () => nowMs,
    after,
    pause: (delayMs) => new Promise((resolve) => after(delayMs, resolve)),
    step: async (untilMs) => {
      const entry = queue.peek();
      if (entry === undefined || entry.atMs > untilMs) return false;
      queue.take();
      nowMs = entry.atMs;
      entry.work();
      await settled();
      return true;
    },
  };
}
