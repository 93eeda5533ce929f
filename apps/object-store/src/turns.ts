/** Steps that must not overlap. */

/** Runs what is given one after the other; a failure is its caller's alone. */
export const inTurn = (): (<T>(step: () => Promise<T>) => Promise<T>) => {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const next = last.then(step, step);
    last = next.catch(() => undefined);
    return next;
  };
};

/** As `inTurn`, for each name by itself. */
export const inTurnByName = (): (<T>(name: string, step: () => Promise<T>) => Promise<T>) => {
  const turns = new Map<string, { readonly run: ReturnType<typeof inTurn>; waiting: number }>();
  return async (name, step) => {
    const turn = turns.get(name) ?? { run: inTurn(), waiting: 0 };
    turns.set(name, turn);
    turn.waiting += 1;
    try {
      return await turn.run(step);
    } finally {
      turn.waiting -= 1;
      if (turn.waiting === 0) turns.delete(name);
    }
  };
};
