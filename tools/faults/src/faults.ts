/** The faults there are. To add one: a file in `faults/`, a line here. */
import type { Fault } from './fault.ts';
import { allAtOnce } from './faults/all-at-once.ts';
import { killEverything } from './faults/kill-everything.ts';
import { killServices } from './faults/kill-services.ts';

export const faults: readonly Fault[] = [killServices, killEverything, allAtOnce];

/** By number or name. */
export const faultCalled = (word: string): Fault | undefined =>
  faults.find(({ number, name }) => number === word || name === word);
