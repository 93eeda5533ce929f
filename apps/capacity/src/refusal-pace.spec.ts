import { createRefusalPace } from './refusal-pace.ts';

const refusal = { jobRunId: 'run', message: 'no room' };

it('tells at once, then after 2 s, 3 s, 4.5 s … and a minute at most', () => {
  const pace = createRefusalPace();
  const told: number[] = [];
  for (let second = 0; second < 600; second += 0.5)
    if (pace.due([refusal], second * 1_000).length > 0) told.push(second);
  const gaps = told.slice(1).map((second, index) => second - (told[index] ?? 0));
  expect(gaps.slice(0, 5)).toEqual([2, 3, 4.5, 7, 10.5]);
  expect(Math.max(...gaps)).toBe(60);
});

it('begins anew once there was room', () => {
  const pace = createRefusalPace();
  pace.due([refusal], 0);
  pace.due([refusal], 2_000);
  expect(pace.nextMs(2_000)).toBe(3_000);
  expect(pace.due([], 2_100)).toEqual([]);
  expect(pace.nextMs(2_100)).toBeNull();
  expect(pace.due([refusal], 2_200)).toEqual([refusal]);
});

it('paces each run by itself', () => {
  const pace = createRefusalPace();
  const other = { ...refusal, jobRunId: 'other' };
  pace.due([refusal], 0);
  expect(pace.due([refusal, other], 1_000)).toEqual([other]);
  expect(pace.nextMs(1_000)).toBe(1_000);
});
