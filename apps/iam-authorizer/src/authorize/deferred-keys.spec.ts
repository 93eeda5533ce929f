import { createDeferredKeys } from './deferred-keys.ts';

it('gives each context once, and forgets it after ten minutes', () => {
  let nowMs = 0;
  const deferred = createDeferredKeys(() => new Date(nowMs));
  deferred.remember('one', { a: '1' });
  expect([deferred.take('one'), deferred.take('one')]).toEqual([{ a: '1' }, undefined]);
  deferred.remember('old', {});
  nowMs = 10 * 60_000;
  deferred.remember('new', {});
  expect([deferred.take('old'), deferred.take('new')]).toEqual([undefined, {}]);
});

it('remembers ten thousand at most, the newest', () => {
  const deferred = createDeferredKeys(() => new Date(0));
  for (let index = 0; index < 10_001; index += 1) deferred.remember(`r${index}`, {});
  expect([deferred.take('r0'), deferred.take('r1'), deferred.take('r10000')]).toEqual([
    undefined,
    {},
    {},
  ]);
});
