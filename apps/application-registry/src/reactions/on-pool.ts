/** capacity's facts about an application's pre-initialised workers complete its start and its stop. */
import type { PoolEvent, SequencedEvent } from '@firesteel/contracts/events';
import { handleIn } from '@firesteel/event-store/aggregate';
import type { Reaction } from '@firesteel/messaging/consumer';
import type { ApplicationCommand } from '../application/application.ts';
import { applications } from '../application/application-table.ts';

type DataOf<Type extends PoolEvent['type']> = Extract<PoolEvent, { type: Type }>['data'];

const changing =
  <Data extends { readonly applicationId: string }>(
    command: (data: Data) => ApplicationCommand,
  ): Reaction =>
  async (event: SequencedEvent, tx) => {
    const data = event.data as Data;
    await handleIn(tx, applications, data.applicationId, command(data), {
      causedBy: event.globalSeq,
    });
  };

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
