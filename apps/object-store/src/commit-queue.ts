/** Something to be decided and made durable, in turn. */
export type Intent<C> = {
  /** What the decision depends on and changes; `*` stands for everything. */
  readonly scopes: readonly string[];
  /** Decides on the state as it is after everything before it; may throw to refuse. */
  readonly decide: () => readonly C[];
};

/** Takes intents in order and makes their changes durable in batches. */
export type CommitQueue<C> = {
  /** Resolves when the intent's changes are durable and applied; rejects when refused or not written. */
  readonly commit: (intent: Intent<C>) => Promise<void>;
  /** Resolves when nothing is waiting or being written. */
  readonly idle: () => Promise<void>;
};

type Waiting<C> = Intent<C> & {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

type Decided<C> = { readonly waiting: Waiting<C>; readonly changes: readonly C[] };

const maxBatchLength = 256;

const conflicts = (taken: ReadonlySet<string>, scopes: readonly string[]): boolean =>
  taken.has('*') ||
  (taken.size > 0 && scopes.includes('*')) ||
  scopes.some((scope) => taken.has(scope));

/** Takes from the front what can be decided on the present state: up to the first that touches the same. */
const takeBatch = <C>(queue: Waiting<C>[]): readonly Waiting<C>[] => {
  const taken = new Set<string>();
  let count = 0;
  for (const { scopes } of queue) {
    if (count === maxBatchLength || conflicts(taken, scopes)) break;
    for (const scope of scopes) taken.add(scope);
    count += 1;
  }
  return queue.splice(0, count);
};

const decideAll = <C>(batch: readonly Waiting<C>[]): readonly Decided<C>[] =>
  batch.flatMap((waiting) => {
    try {
      return [{ waiting, changes: waiting.decide() }];
    } catch (error) {
      waiting.reject(error);
      return [];
    }
  });

const commitBatch = async <C>(
  decided: readonly Decided<C>[],
  write: (changes: readonly C[]) => Promise<void>,
): Promise<void> => {
  const changes = decided.flatMap((each) => each.changes);
  try {
    if (changes.length > 0) await write(changes);
    for (const { waiting } of decided) waiting.resolve();
  } catch (error) {
    for (const { waiting } of decided) waiting.reject(error);
  }
};

/**
 * One flush serves everybody who waits for it: intents that come while a batch is being written form
 * the next one. `write` makes the changes durable and applies them, or rejects and changes nothing.
 * An intent on something that the batch already touches waits for the next batch, so that a decision
 * (nothing may be there, this very object must be there) always sees the state it will change.
 */
export const createCommitQueue = <C>(
  write: (changes: readonly C[]) => Promise<void>,
): CommitQueue<C> => {
  const queue: Waiting<C>[] = [];
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (queue.length > 0) await commitBatch(decideAll(takeBatch(queue)), write);
    running = undefined;
  };
  return {
    commit: (intent) =>
      new Promise((resolve, reject) => {
        queue.push({ ...intent, resolve, reject });
        running ??= Promise.resolve().then(run);
      }),
    idle: async () => {
      while (running !== undefined) await running;
    },
  };
};
