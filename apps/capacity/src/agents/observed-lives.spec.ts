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

it('knows how long workers live at least: what was known of them, and what it saw since', () => {
  let nowMs = 10_000;
  const lives = createObservedLives(() => nowMs);
  lives.ready('seen');
  expect([lives.atLeastMs('seen', 700), lives.atLeastMs('before', 700)]).toEqual([0, 700]);
  nowMs = 15_000;
  expect([lives.atLeastMs('seen', 700), lives.atLeastMs('before', 5_700)]).toEqual([5_000, 5_700]);
  expect(lives.readyMs('before')).toBeNull();
  lives.forget('before');
  expect(lives.atLeastMs('before', 0)).toBe(0);
});
