import { createObservedLives } from './observed-lives.ts';

it('counts from the first report, and knows nothing of workers from before', () => {
  let nowMs = 1_000;
  const lives = createObservedLives(() => nowMs);
  lives.ready('w1');
  nowMs = 3_500.4;
  lives.ready('w1');
  expect([lives.readyMs('w1'), lives.readyMs('w2')]).toEqual([2_500, null]);
  lives.forget('w1');
  expect(lives.readyMs('w1')).toBeNull();
});
