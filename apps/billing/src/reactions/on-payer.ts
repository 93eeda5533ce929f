/** Applications and runs become known as payers: their names and tags are what statements show and group. */
import type {
  ApplicationEvent,
  JobRunEvent,
  Json,
  SequencedEvent,
} from '@firesteel/contracts/events';
import { idOf } from '@firesteel/contracts/topics';
import type { Unit } from '@firesteel/event-store/unit';
import type { WorkReaction } from '@firesteel/messaging/reaction';
import type { Payer, PayerState } from '../payer/payer.ts';
import { payers } from '../payer/payer-table.ts';
import { poolUsageIdOf } from '../usage/usage.ts';

type DataOf<Event, Type> =
  Extract<Event, { type: Type }> extends { data: infer Data } ? Data : never;

const allocatesByRun = (settings: { readonly [member: string]: Json }): boolean =>
  (settings['jobLevelCostAllocationConfiguration'] as { enabled?: boolean } | undefined)
    ?.enabled === true;

/** A payer is registered, as it is told or as what is known of an application makes it; null where that is nothing. */
type Registering = {
  readonly id: string;
  /** Whose pool's payer is read. */
  readonly applicationId: string;
  readonly payerOf: (application: PayerState) => Payer | null;
  readonly at: string;
};

const registering = (tell: (event: SequencedEvent) => Registering): WorkReaction => ({
  workOf: (event) => {
    const { id, applicationId, payerOf, at } = tell(event);
    const poolId = poolUsageIdOf(applicationId);
    const decide = ({ load, handle }: Unit): void => {
      const payer = payerOf(load(payers, poolId).state);
      if (payer === null) return;
      handle(payers, id, { type: 'RegisterPayer', payer, at }, { causedBy: event.globalSeq });
    };
    return { places: [poolId, id].map((each) => ({ aggregate: payers, id: each })), decide };
  },
});

export const onApplicationCreating = registering(({ data }) => {
  const { applicationId, accountId, region, name, tags, settings, at } = data as DataOf<
    ApplicationEvent,
    'ApplicationCreating'
  >;
  const jobLevelCostAllocation = allocatesByRun(settings);
  const named = { accountId, applicationId, jobRunId: null, region, name, tags };
  const payerOf = (): Payer => ({ ...named, jobLevelCostAllocation });
  return { id: poolUsageIdOf(applicationId), applicationId, payerOf, at };
});

export const onApplicationChanged = registering(({ data, stream }) => {
  const { settings, at } = data as DataOf<ApplicationEvent, 'ApplicationConfigurationChanged'>;
  const applicationId = idOf(stream);
  const payerOf = (application: PayerState): Payer | null => {
    // Created before billing kept payers: its name and tags were never told.
    if (application.status === 'ABSENT') return null;
    const { status: _, ...known } = application;
    return { ...known, jobLevelCostAllocation: allocatesByRun(settings) };
  };
  return { id: poolUsageIdOf(applicationId), applicationId, payerOf, at };
});

export const onJobRunSubmitted = registering(({ data }) => {
  const { jobRunId, applicationId, accountId, region, name, tags, mode, at } = data as DataOf<
    JobRunEvent,
    'JobRunSubmitted'
  >;
  const named = { accountId, applicationId, jobRunId, region, name, tags };
  const payerOf = (application: PayerState): Payer => ({
    ...{ ...named, mode, createdAt: at },
    jobLevelCostAllocation: application.status === 'KNOWN' && application.jobLevelCostAllocation,
  });
  return { id: jobRunId, applicationId, payerOf, at };
});
