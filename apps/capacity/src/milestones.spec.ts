import { createMilestones } from './milestones.ts';
import { createTraces } from './traces.ts';

it('keeps the first time of each milestone, and knows nothing of strangers', () => {
  const milestones = createMilestones();
  milestones.note('run', 'submitted', 1);
  milestones.note('run', 'submitted', 2);
  milestones.note('run', 'ready', 3);
  expect(milestones.of('run')).toEqual({ submitted: 1, ready: 3 });
  expect(milestones.of('other')).toEqual({});
});

it('forgets the oldest run once there are too many', () => {
  const milestones = createMilestones();
  for (let run = 0; run <= 500; run++) milestones.note(`${run}`, 'submitted', run);
  expect([milestones.of('0'), milestones.of('1')]).toEqual([{}, { submitted: 1 }]);
});

it('remembers the newest traces only', () => {
  const traces = createTraces();
  traces.note('untraced', undefined);
  for (let run = 0; run <= 1_000; run++) traces.note(`${run}`, `trace ${run}`);
  expect([traces.of('untraced'), traces.of('0'), traces.of('1')]).toEqual([null, null, 'trace 1']);
});
