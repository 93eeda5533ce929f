/**
 * A pure state machine: `decide` turns intent into facts, `evolve` turns facts into state.
 * `decide` answers `[]` when everything is already so, and throws `Refused` when it must not be.
 */
export type Decider<State, Command, Event> = {
  readonly initial: State;
  readonly decide: (command: Command, state: State) => readonly Event[];
  readonly evolve: (state: State, event: Event) => State;
};

/** Folds a history into the state it leads to. */
export const fold = <State, Event>(
  decider: Pick<Decider<State, never, Event>, 'initial' | 'evolve'>,
  events: readonly Event[],
): State => events.reduce(decider.evolve, decider.initial);
