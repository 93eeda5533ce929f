import type { AccessDecision } from '@firesteel/contracts/events';
import { createRecorder } from './recorder.ts';

const decision = (requestId: string): AccessDecision => ({
  requestId,
  accountId: '123456789012',
  principal: 'arn:aws:iam::123456789012:root',
  service: 's3',
  action: 's3:GetObject',
  resource: '*',
  allowed: true,
  decidedBy: 'rule',
  sourceIp: '127.0.0.1',
  at: '2026-01-01T00:00:00.000Z',
});

it('gathers what comes while an append is under way, and answers after its own append', async () => {
  const batches: string[][] = [];
  const appends: (() => void)[] = [];
  const record = createRecorder((decisions) => {
    batches.push(decisions.map(({ requestId }) => requestId));
    return new Promise((resolve) => appends.push(resolve));
  });
  const answered: string[] = [];
  const asked = ['a', 'b', 'c'].map((id) =>
    record(decision(id)).then(() => {
      answered.push(id);
    }),
  );
  expect(batches).toEqual([['a']]);
  appends[0]?.();
  await asked[0];
  expect(answered).toEqual(['a']);
  expect(batches).toEqual([['a'], ['b', 'c']]);
  appends[1]?.();
  await Promise.all(asked);
  expect(answered).toEqual(['a', 'b', 'c']);
});

it('refuses the answers of an append that failed, and goes on', async () => {
  let broken = true;
  const record = createRecorder(async () => {
    if (broken) throw new Error('the log is away');
  });
  await expect(record(decision('a'))).rejects.toThrow('the log is away');
  broken = false;
  await expect(record(decision('b'))).resolves.toBeUndefined();
});

it('writes no more than 200 decisions at a time, all of them in order', async () => {
  const batches: string[][] = [];
  const record = createRecorder(async (decisions) => {
    batches.push(decisions.map(({ requestId }) => requestId));
  });
  const ids = Array.from({ length: 450 }, (_, index) => `r${index}`);
  await Promise.all(ids.map((id) => record(decision(id))));
  expect(batches.map(({ length }) => length)).toEqual([1, 200, 200, 49]);
  expect(batches.flat()).toEqual(ids);
});
