import { inTurn, inTurnByName } from './turns.ts';

/** Steps that note when they begin and end, and wait for a while in between. */
const steps = () => {
  const seen: string[] = [];
  return {
    seen,
    step:
      (name: string, fails = false) =>
      async (): Promise<string> => {
        seen.push(`+${name}`);
        await new Promise((tick) => setImmediate(tick));
        seen.push(`-${name}`);
        if (fails) throw new Error(name);
        return name;
      },
  };
};

it('runs one after the other, also after a failure, which is its caller’s alone', async () => {
  const { seen, step } = steps();
  const run = inTurn();
  const all = await Promise.allSettled([run(step('a')), run(step('b', true)), run(step('c'))]);
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(seen).toEqual(['+a', '-a', '+b', '-b', '+c', '-c']);
});

it('lets those of other names run beside them', async () => {
  const { seen, step } = steps();
  const run = inTurnByName();
  const all = [run('x', step('x1', true)), run('y', step('y')), run('x', step('x2'))];
  expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual([
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
  expect(seen.filter((each) => /x/.test(each))).toEqual(['+x1', '-x1', '+x2', '-x2']);
  expect(seen.indexOf('+y')).toBeLessThan(seen.indexOf('-x1'));
  expect(await run('x', step('x3'))).toBe('x3');
});
