import type { UtilizationEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import fc from 'fast-check';
import type { Quantities } from '../rating/quantity.ts';
import { type UtilizationCommand, utilization } from './utilization.ts';

const run = {
  jobRunId: '00f1cbn5g4bb0c01',
  applicationId: '00f1982r1uukb925',
  accountId: '123456789012',
  region: 'us-east-1',
  mode: 'STREAMING',
  createdAt: '2026-11-27T10:00:00.000Z',
} as const;
const startedAt = '2026-11-27T10:00:10.000Z';
const { jobRunId, applicationId, accountId } = run;
const began: UtilizationEvent = {
  type: 'UtilizationBegan',
  data: { jobRunId, applicationId, accountId, startedAt },
};
/** So many seconds of 2 vCPU, 10 GB and 20 GB of disk. */
const of = (seconds: number, disk = 20): Quantities => ({
  vcpuMs: BigInt(seconds) * 2_000n,
  memoryMbMs: BigInt(seconds) * 10_240_000n,
  storageGbMs: BigInt(seconds) * 1_000n * BigInt(disk),
});
const tell = (
  seconds: number,
  at: string,
  change: Partial<Extract<UtilizationCommand, { type: 'TellUtilization' }>> = {},
) =>
  ({
    type: 'TellUtilization',
    run,
    attempt: 1,
    used: of(seconds),
    billed: of(seconds, 0),
    final: false,
    at,
    ...change,
  }) as const;

const told = (
  commands: readonly UtilizationCommand[],
  first: readonly UtilizationEvent[] = [began],
) => {
  const events = [...first];
  for (const command of commands) {
    const outcome = given(utilization, events).when(command);
    if ('events' in outcome) events.push(...outcome.events);
  }
  return events.flatMap((event) => (event.type === 'JobRunUtilizationUpdated' ? [event.data] : []));
};

const half = '2026-11-27T10:31:00.123Z';
const hour = '2026-11-27T11:01:00.123Z';

it('is EventBridge’s event as AWS words it', () => {
  const [update] = told([tell(41, half, { billed: of(120, 0), final: true })]);
  expect(update?.event).toEqual({
    version: '0',
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/),
    'detail-type': 'EMR Serverless Job Resource Utilization Update',
    source: 'aws.emr-serverless',
    account: accountId,
    time: '2026-11-27T10:31:00Z',
    region: 'us-east-1',
    resources: [
      'arn:aws:emr-serverless:us-east-1:123456789012:/applications/00f1982r1uukb925/jobruns/00f1cbn5g4bb0c01',
    ],
    detail: {
      applicationId,
      jobRunId,
      attempt: 1,
      mode: 'STREAMING',
      createdAt: run.createdAt,
      startedAt,
      calculatedFrom: startedAt,
      calculatedTo: half,
      resourceUtilizationFinal: true,
      // Worked example T7 of the reference, §5.3.
      resourceUtilizationForInterval: {
        vCPUHour: 0.023,
        memoryGBHour: 0.114,
        storageGBHour: 0.228,
      },
      billedResourceUtilizationForInterval: {
        vCPUHour: 0.067,
        memoryGBHour: 0.333,
        storageGBHour: 0,
      },
      totalResourceUtilization: { vCPUHour: 0.023, memoryGBHour: 0.114, storageGBHour: 0.228 },
      totalBilledResourceUtilization: { vCPUHour: 0.067, memoryGBHour: 0.333, storageGBHour: 0 },
    },
  });
});

it('goes on where it was told last, and ends', () => {
  const [first, second, last] = told([
    tell(1_800, half),
    tell(3_600, hour),
    tell(3_600, '2026-11-27T11:02:00.000Z', { final: true }),
  ]).map(({ event }) => event);
  expect(second?.detail).toMatchObject({
    calculatedFrom: half,
    calculatedTo: hour,
    resourceUtilizationFinal: false,
    resourceUtilizationForInterval: { vCPUHour: 1, memoryGBHour: 5, storageGBHour: 10 },
    totalResourceUtilization: { vCPUHour: 2, memoryGBHour: 10, storageGBHour: 20 },
  });
  expect(last?.detail).toMatchObject({
    resourceUtilizationFinal: true,
    resourceUtilizationForInterval: { vCPUHour: 0 },
  });
  expect(new Set([first?.id, second?.id, last?.id]).size).toBe(3);
});

it('is not told again without news, and once it is final stays so', () => {
  expect(told([tell(60, half), tell(60, hour)]).length).toBe(1);
  const final = tell(60, half, { final: true });
  expect(told([final, final]).length).toBe(1);
  const late = told([final, tell(90, hour)]);
  expect(late.map(({ event }) => event.detail.resourceUtilizationFinal)).toEqual([true, true]);
});

it('begins once, and knows no beginning of a run that was never running', () => {
  const begin = { type: 'BeginUtilization', run: { jobRunId, applicationId, accountId } } as const;
  expect(given(utilization, []).when({ ...begin, startedAt })).toEqual({ events: [began] });
  expect(given(utilization, [began]).when({ ...begin, startedAt: hour })).toEqual({ events: [] });
  const [update] = told([tell(60, half)], []);
  expect(update?.event.detail).toMatchObject({ calculatedFrom: run.createdAt });
  expect(update?.event.detail).not.toHaveProperty('startedAt');
});

it('tells intervals that follow each other and end in what was used', () => {
  const seconds = fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(seconds, (all) => {
      const moment = (index: number) =>
        new Date(Date.parse(half) + index * 1_800_000).toISOString();
      const updates = told(all.map((amount, index) => tell(amount, moment(index))));
      const last = updates.at(-1);
      expect(last?.used.vcpuMs ?? '0').toBe(String((all.at(-1) ?? 0) * 2_000));
      for (const [index, { event }] of updates.entries())
        expect(event.detail.calculatedFrom).toBe(
          index === 0 ? startedAt : updates[index - 1]?.event.detail.calculatedTo,
        );
    }),
  );
});
