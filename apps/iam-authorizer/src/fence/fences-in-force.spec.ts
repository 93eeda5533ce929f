import type { Fence } from './fence.ts';
import { createFencesInForce, rememberedMs } from './fences-in-force.ts';

const start = Date.parse('2026-11-26T10:00:00.000Z');
const below = (belowAttempt: number, jobRunId = 'run', afterMs = 0): Fence => ({
  jobRunId,
  belowAttempt,
  fencedAt: new Date(start + afterMs).toISOString(),
});
const refused = (fences: ReturnType<typeof createFencesInForce>, jobRunId = 'run'): number[] =>
  [1, 2, 3, 4].filter((attempt) => fences.refuses({ jobRunId, attempt }));

it.each<[string, Fence[], Fence[], number[]]>([
  ['nothing as long as there is no fence', [], [], []],
  ['what is below a fence from the table', [below(3)], [], [1, 2]],
  ['what is below one raised now', [], [below(2)], [1]],
  ['more when it rises', [below(2)], [below(4)], [1, 2, 3]],
  ['no less when a lower one is raised', [below(4)], [below(2)], [1, 2, 3]],
  ['nothing for the fence of another run', [below(4, 'other')], [below(4, 'another')], []],
])('refuses %s', (_name, known, raised, attempts) => {
  const fences = createFencesInForce(known, () => new Date(start));
  for (const fence of raised) fences.raise(fence);
  expect(refused(fences)).toEqual(attempts);
});

it('never refuses a session of no run', () => {
  const fences = createFencesInForce([below(9)], () => new Date(start));
  expect(fences.refuses(null)).toBe(false);
});

it('forgets a fence once no session below it can be alive', () => {
  let nowMs = start;
  const fences = createFencesInForce([below(2)], () => new Date(nowMs));
  nowMs += rememberedMs;
  fences.raise(below(2, 'other', rememberedMs));
  expect(refused(fences)).toEqual([1]);
  nowMs += 1;
  fences.raise(below(2, 'another', rememberedMs));
  expect([refused(fences), refused(fences, 'other')]).toEqual([[], [1]]);
});
