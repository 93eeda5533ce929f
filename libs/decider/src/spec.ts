/** Given/when/then for deciders, without mocks: `given(decider, events).when(command)`. */
import { type Decider, fold } from './decider.ts';
import { Refused } from './refused.ts';

type Outcome<Event> = { readonly events: readonly Event[] } | { readonly refused: string };

/** What happens when `command` meets the state that `events` lead to: the new events, or the refusal as `Kind: message`. */
export const given = <State, Command, Event>(
  decider: Decider<State, Command, Event>,
  events: readonly Event[],
): { readonly when: (command: Command) => Outcome<Event>; readonly state: State } => {
  const state = fold(decider, events);
  return {
    state,
    when: (command) => {
      try {
        return { events: decider.decide(command, state) };
      } catch (error) {
        if (error instanceof Refused) return { refused: `${error.kind}: ${error.message}` };
        throw error;
      }
    },
  };
};
