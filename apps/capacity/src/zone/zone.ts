/**
 * What is known of a zone beyond its agent's presence: whether it is impaired. A zone that fell silent
 * is restored when its agent is back; one that an operator took out only by an operator.
 */
import type { ZoneEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';

export type ImpairedBy = Extract<ZoneEvent, { type: 'ZoneImpaired' }>['data']['by'];

export type ZoneState = {
  /** Empty for a zone that nothing was ever said about. */
  readonly zone: string;
  /** Null while it is healthy. */
  readonly impairedBy: ImpairedBy | null;
  readonly reason: string;
};

export type ZoneCommand =
  | {
      readonly type: 'ImpairZone';
      readonly zone: string;
      readonly by: ImpairedBy;
      readonly reason: string;
      readonly at: string;
    }
  | {
      readonly type: 'RestoreZone';
      readonly zone: string;
      readonly by: ImpairedBy;
      readonly reason: string;
      readonly at: string;
    };

function decide(command: ZoneCommand, state: ZoneState): readonly ZoneEvent[] {
  const { zone, by, reason, at } = command;
  switch (command.type) {
    case 'ImpairZone': {
      // An operator's word stands above silence: the agent's return does not undo it.
      const isNews =
        state.impairedBy === null || (state.impairedBy === 'silence' && by === 'operator');
      return isNews ? [{ type: 'ZoneImpaired', data: { zone, by, reason, at } }] : [];
    }
    case 'RestoreZone': {
      const isTheirs = by === 'operator' || state.impairedBy === by;
      return state.impairedBy !== null && isTheirs
        ? [{ type: 'ZoneRestored', data: { zone, reason, at } }]
        : [];
    }
  }
}

function evolve(_state: ZoneState, event: ZoneEvent): ZoneState {
  const { zone, reason } = event.data;
  return { zone, impairedBy: event.type === 'ZoneImpaired' ? event.data.by : null, reason };
}

export const zone: Decider<ZoneState, ZoneCommand, ZoneEvent> = {
  initial: { zone: '', impairedBy: null, reason: '' },
  decide,
  evolve,
};
