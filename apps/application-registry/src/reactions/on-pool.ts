/** capacity's facts about an application's pre-initialised workers complete its start and its stop. */
import type { PoolEvent } from '@firesteel/contracts/events';
import { commanding, type WorkReaction } from '@firesteel/messaging/reaction';
import type { ApplicationCommand } from '../application/application.ts';
import { applications } from '../application/application-table.ts';

type DataOf<Type extends PoolEvent['type']> = Extract<PoolEvent, { type: Type }>['data'];

const changing = <Data extends { readonly applicationId: string }>(
  command: (data: Data) => ApplicationCommand,
): WorkReaction =>
  commanding(applications, (event) => {
    const data = event.data as Data;
    return { id: data.applicationId, command: command(data) };
  });

export const onPoolReady = changing<DataOf<'PoolReady'>>(({ at }) => ({
  type: 'CompleteStart',
  at,
}));

export const onPoolFailed = changing<DataOf<'PoolFailed'>>(({ reason, at }) => ({
  type: 'FailStart',
  reason,
  at,
}));

export const onPoolReleased = changing<DataOf<'PoolReleased'>>(({ at }) => ({
  type: 'CompleteStop',
  at,
}));
