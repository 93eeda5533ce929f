import { createCommitQueue } from './commit-queue.ts';

describe('createCommitQueue', () => {
  it('writes what waits in one batch, but never two intents on the same scope', async () => {
    const batches: (readonly string[])[] = [];
    const queue = createCommitQueue<string>(async (changes) => {
      batches.push(changes);
    });
    const commit = (scope: string, change: string) =>
      queue.commit({ scopes: [scope], decide: () => [change] });
    await Promise.all([
      commit('a', 'a1'),
      commit('b', 'b1'),
      commit('a', 'a2'),
      commit('*', 'all'),
      commit('c', 'c1'),
    ]);
    expect(batches).toEqual([['a1', 'b1'], ['a2'], ['all'], ['c1']]);
  });

  it('decides on the state as it is after what came before', async () => {
    const state = new Set<string>();
    const queue = createCommitQueue<string>(async (changes) => {
      for (const change of changes) state.add(change);
    });
    const create = () =>
      queue.commit({
        scopes: ['k'],
        decide: () => {
          if (state.has('k')) throw new Error('exists');
          return ['k'];
        },
      });
    const results = await Promise.allSettled([create(), create(), create()]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  it('rejects a whole batch that could not be written, and goes on', async () => {
    let full = true;
    const queue = createCommitQueue<string>(async () => {
      if (full) throw new Error('full');
    });
    const commit = (scope: string) => queue.commit({ scopes: [scope], decide: () => ['x'] });
    const failed = await Promise.allSettled([commit('a'), commit('b')]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    full = false;
    await commit('a');
    await queue.idle();
  });

  it('needs no write for an intent without changes', async () => {
    const queue = createCommitQueue<string>(() => Promise.reject(new Error('unexpected')));
    await queue.commit({ scopes: ['a'], decide: () => [] });
  });
});
