/**
 * What a run tells of its utilization: EventBridge's event of AWS, every half hour and when it has ended. A worker
 * of which nothing was known then may end later (its zone was lost): the run is told of again.
 */
import { createHash } from 'node:crypto';
import type { ExactUtilization, UtilizationEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import type { Quantities } from '../rating/quantity.ts';
import { utilizationOf } from '../rating/utilization.ts';

type Updated = Extract<UtilizationEvent, { type: 'JobRunUtilizationUpdated' }>['data'];

export type UtilizationState = {
  readonly startedAt: string | null;
  readonly updates: number;
  /** When it was told last; null: never. */
  readonly toldAt: string | null;
  readonly used: ExactUtilization;
  readonly billed: ExactUtilization;
  /** The run has ended and was told of. */
  readonly final: boolean;
};

/** A run as far as the event speaks of it. */
export type ToldRun = {
  readonly jobRunId: string;
  readonly applicationId: string;
  readonly accountId: string;
  readonly region: string;
  readonly mode: 'BATCH' | 'STREAMING';
  readonly createdAt: string;
};

export type UtilizationCommand =
  | {
      readonly type: 'BeginUtilization';
      readonly run: Pick<ToldRun, 'jobRunId' | 'applicationId' | 'accountId'>;
      readonly startedAt: string;
    }
  | {
      readonly type: 'TellUtilization';
      readonly run: ToldRun;
      readonly attempt: number;
      /** From the run's beginning until now. */
      readonly used: Quantities;
      readonly billed: Quantities;
      readonly final: boolean;
      readonly at: string;
    };

const none: ExactUtilization = { vcpuMs: '0', memoryMbMs: '0', storageGbMs: '0' };

const exact = ({ vcpuMs, memoryMbMs, storageGbMs }: Quantities): ExactUtilization => ({
  vcpuMs: String(vcpuMs),
  memoryMbMs: String(memoryMbMs),
  storageGbMs: String(storageGbMs),
});

const since = (now: Quantities, before: ExactUtilization): Quantities => ({
  vcpuMs: now.vcpuMs - BigInt(before.vcpuMs),
  memoryMbMs: now.memoryMbMs - BigInt(before.memoryMbMs),
  storageGbMs: now.storageGbMs - BigInt(before.storageGbMs),
});

const same = (a: ExactUtilization, b: ExactUtilization): boolean =>
  a.vcpuMs === b.vcpuMs && a.memoryMbMs === b.memoryMbMs && a.storageGbMs === b.storageGbMs;

/** The same run and number have the same id in every process: a UUID (version 8) of their digest. */
function eventIdOf(jobRunId: string, update: number): string {
  const hex = createHash('sha256').update(`${jobRunId}\n${update}`).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join('-');
}

type Tell = Extract<UtilizationCommand, { type: 'TellUtilization' }>;

function eventOf(
  { run, attempt, used, billed, final, at }: Tell,
  state: UtilizationState,
): Updated['event'] {
  const { jobRunId, applicationId, accountId, region, mode, createdAt } = run;
  const { startedAt } = state;
  return {
    version: '0',
    id: eventIdOf(jobRunId, state.updates + 1),
    'detail-type': 'EMR Serverless Job Resource Utilization Update',
    source: 'aws.emr-serverless',
    account: accountId,
    time: `${at.slice(0, 'yyyy-mm-ddThh:mm:ss'.length)}Z`,
    region,
    resources: [
      `arn:aws:emr-serverless:${region}:${accountId}:/applications/${applicationId}/jobruns/${jobRunId}`,
    ],
    detail: {
      applicationId,
      jobRunId,
      attempt,
      mode,
      createdAt,
      ...(startedAt === null ? {} : { startedAt }),
      calculatedFrom: state.toldAt ?? startedAt ?? createdAt,
      calculatedTo: at,
      resourceUtilizationFinal: final,
      resourceUtilizationForInterval: utilizationOf(since(used, state.used)),
      billedResourceUtilizationForInterval: utilizationOf(since(billed, state.billed)),
      totalResourceUtilization: utilizationOf(used),
      totalBilledResourceUtilization: utilizationOf(billed),
    },
  };
}

function decide(command: UtilizationCommand, state: UtilizationState): readonly UtilizationEvent[] {
  if (command.type === 'BeginUtilization')
    return state.startedAt === null
      ? [{ type: 'UtilizationBegan', data: { ...command.run, startedAt: command.startedAt } }]
      : [];
  const [used, billed] = [exact(command.used), exact(command.billed)];
  const isNews = !same(used, state.used) || !same(billed, state.billed);
  if (!isNews && command.final === state.final) return [];
  const final = command.final || state.final;
  const event = eventOf({ ...command, final }, state);
  const { accountId } = command.run;
  return [
    { type: 'JobRunUtilizationUpdated', data: { accountId, used, billed, event, at: command.at } },
  ];
}

function evolve(state: UtilizationState, { type, data }: UtilizationEvent): UtilizationState {
  if (type === 'UtilizationBegan') return { ...state, startedAt: data.startedAt };
  const { used, billed, at, event } = data;
  const { resourceUtilizationFinal: final } = event.detail;
  return { ...state, updates: state.updates + 1, toldAt: at, used, billed, final };
}

export const utilization: Decider<UtilizationState, UtilizationCommand, UtilizationEvent> = {
  initial: { startedAt: null, updates: 0, toldAt: null, used: none, billed: none, final: false },
  decide,
  evolve,
};
