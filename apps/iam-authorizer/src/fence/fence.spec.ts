import type { FenceEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import { type FenceCommand, fence } from './fence.ts';

const jobRunId = '00f1cbsc6anuij26';
const fenced = (belowAttempt: number, at = '2026-11-26T10:00:00.000Z'): FenceEvent => ({
  type: 'AttemptsFenced',
  data: { jobRunId, belowAttempt, at },
});
const command = (belowAttempt: number, at = '2026-11-26T10:00:00.000Z'): FenceCommand => ({
  type: 'FenceAttempts',
  jobRunId,
  belowAttempt,
  at,
});

it.each<[string, FenceEvent[], FenceCommand, FenceEvent[]]>([
  ['fences the first attempt', [], command(2), [fenced(2)]],
  ['rises', [fenced(2)], command(4), [fenced(4)]],
  ['is raised once', [fenced(2)], command(2), []],
  ['never falls', [fenced(4)], command(2), []],
  ['has nothing below the first attempt', [], command(1), []],
])('%s', (_name, history, asked, events) => {
  expect(given(fence, history).when(asked)).toEqual({ events });
});

it('holds how far it goes and since when', () => {
  const later = '2026-11-26T11:00:00.000Z';
  expect(given(fence, [fenced(2), fenced(3, later)]).state).toEqual({
    jobRunId,
    belowAttempt: 3,
    fencedAt: later,
  });
});
