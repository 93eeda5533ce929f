/** What USAGE-EVENTS.md says is what is published, and the CloudEvents SDK takes it. */
import { readFileSync } from 'node:fs';
import type { JsonObject } from '@firesteel/contracts/events';
import { publicTopicOf } from '@firesteel/contracts/topics';
import { given } from '@firesteel/decider/spec';
import { toMessage } from '@firesteel/messaging/producer';
import { type CloudEvent, Kafka } from 'cloudevents';
import { utilization } from '../utilization/utilization.ts';
import { usage } from './usage.ts';

const documented: readonly JsonObject[] = [
  ...readFileSync(new URL('../../USAGE-EVENTS.md', import.meta.url), 'utf8').matchAll(
    /```json\n([\s\S]+?)```/g,
  ),
].map(([, json = '']) => JSON.parse(json));

const life = {
  workerId: 'w',
  jobRunId: 'run',
  attempt: 1,
  applicationId: 'application',
  accountId: '123456789012',
  workerType: 'SPARK_EXECUTOR',
  size: { vcpu: 4, memoryMb: 16_384, diskGb: 20 },
  readyMs: 41_001,
  idleMs: 0,
  at: '2026-11-25T10:00:00.000Z',
} as const;
const metered = () =>
  given(usage, []).when({
    type: 'MeterWorker',
    priceListId: 'us-east-1.x86_64.2023-02-01',
    life,
  });

const run = {
  jobRunId: '00f1cbn5g4bb0c01',
  applicationId: '00f1982r1uukb925',
  accountId: '123456789012',
} as const;
const told = () =>
  given(utilization, [
    { type: 'UtilizationBegan', data: { ...run, startedAt: '2026-11-27T10:00:10.000Z' } },
  ]).when({
    type: 'TellUtilization',
    run: { ...run, region: 'us-east-1', mode: 'BATCH', createdAt: '2026-11-27T10:00:00.000Z' },
    attempt: 1,
    used: { vcpuMs: 82_000n, memoryMbMs: 419_840_000n, storageGbMs: 820_000n },
    billed: { vcpuMs: 240_000n, memoryMbMs: 1_228_800_000n, storageGbMs: 0n },
    final: true,
    at: '2026-11-27T10:31:00.123Z',
  });

it.each([
  ['usage-run', 'WorkerUsageMetered', metered],
  ['utilization-00f1cbn5g4bb0c01', 'JobRunUtilizationUpdated', told],
] as const)('publishes %s as the CloudEvent that is documented', (stream, type, decided) => {
  const outcome = decided();
  const [event] = 'events' in outcome ? outcome.events : [];
  expect(event?.type).toBe(type);
  expect(publicTopicOf(stream)).toBe('billing.v1');
  const { headers, key, value } = toMessage({
    globalSeq: 7,
    stream,
    version: 1,
    eventId: '3d3c1f0e-6a0b-4c1a-9d56-9f2b8f6f8a11',
    type,
    recordedAt: '2026-11-27T10:31:00.123456Z',
    data: event?.data as unknown as JsonObject,
    meta: {},
    incarnation: 'c0ffee00-0000-4000-8000-000000000000',
  });
  const message = { headers, key, value, body: value } as unknown as Parameters<
    typeof Kafka.toEvent
  >[0];
  expect(Kafka.isEvent(message)).toBe(true);
  const cloudEvent = Kafka.toEvent(message) as CloudEvent<JsonObject>;
  expect(cloudEvent.validate()).toBe(true);
  expect(cloudEvent).toMatchObject({
    specversion: '1.0',
    type: `firesteel.${type}.v1`,
    source: '/firesteel',
    subject: stream,
    datacontenttype: 'application/json',
    globalseq: '7',
  });
  expect(documented).toContainEqual(cloudEvent.data);
});
