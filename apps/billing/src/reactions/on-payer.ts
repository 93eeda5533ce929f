/** Applications and runs become known as payers: their names and tags are what statements show and group. */
import type { ApplicationEvent, JobRunEvent, Json } from '@firesteel/contracts/events';
import { idOf } from '@firesteel/contracts/topics';
import { handleIn, load } from '@firesteel/event-store/aggregate';
import type { Reaction } from '@firesteel/messaging/consumer';
import { payers } from '../payer/payer-table.ts';
import { poolUsageIdOf } from '../usage/usage.ts';

type DataOf<Event, Type> =
  Extract<Event, { type: Type }> extends { data: infer Data } ? Data : never;

const allocatesByRun = (settings: { readonly [member: string]: Json }): boolean =>
  (settings['jobLevelCostAllocationConfiguration'] as { enabled?: boolean } | undefined)
    ?.enabled === true;

export const onApplicationCreating: Reaction = async ({ data, globalSeq }, tx) => {
  const { applicationId, accountId, region, name, tags, settings, at } = data as DataOf<
    ApplicationEvent,
    'ApplicationCreating'
  >;
  const jobLevelCostAllocation = allocatesByRun(settings);
  const named = { accountId, applicationId, jobRunId: null, region, name, tags };
  const payer = { ...named, jobLevelCostAllocation };
  const command = { type: 'RegisterPayer', payer, at } as const;
  await handleIn(tx, payers, poolUsageIdOf(applicationId), command, { causedBy: globalSeq });
};

export const onApplicationChanged: Reaction = async ({ data, stream, globalSeq }, tx) => {
  const { settings, at } = data as DataOf<ApplicationEvent, 'ApplicationConfigurationChanged'>;
  const id = poolUsageIdOf(idOf(stream));
  const { state } = await load(tx, payers, id);
  // Created before billing kept payers: its name and tags were never told.
  if (state.status === 'ABSENT') return;
  const { status: _, ...known } = state;
  const payer = { ...known, jobLevelCostAllocation: allocatesByRun(settings) };
  const command = { type: 'RegisterPayer', payer, at } as const;
  await handleIn(tx, payers, id, command, { causedBy: globalSeq });
};

export const onJobRunSubmitted: Reaction = async ({ data, globalSeq }, tx) => {
  const { jobRunId, applicationId, accountId, region, name, tags, mode, at } = data as DataOf<
    JobRunEvent,
    'JobRunSubmitted'
  >;
  const { state } = await load(tx, payers, poolUsageIdOf(applicationId));
  const jobLevelCostAllocation = state.status === 'KNOWN' && state.jobLevelCostAllocation;
  const named = { accountId, applicationId, jobRunId, region, name, tags };
  const payer = { ...named, mode, createdAt: at, jobLevelCostAllocation };
  const command = { type: 'RegisterPayer', payer, at } as const;
  await handleIn(tx, payers, jobRunId, command, { causedBy: globalSeq });
};
