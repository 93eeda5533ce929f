/** What was typed after `npm run faults --`. */
import { parseArgs } from 'node:util';
import type { Fault } from './fault.ts';
import { faultCalled, faults } from './faults.ts';

export const usage = `npm run faults -- list                              what there is
npm run faults -- <number|name> … [options]         these
npm run faults -- all [options]                     all of them, one after another

  --seconds N           how long each goes on; else each has a length of its own
  --stack own|running   an installation made for this (default), or the one that runs
  --seed N              the same choices again
  --write               put the results into FAULTS.md`;

export type Request =
  | { readonly kind: 'help' | 'list' }
  | {
      readonly kind: 'run';
      readonly chosen: readonly Fault[];
      readonly seconds: number | undefined;
      readonly stack: 'own' | 'running';
      readonly seed: number | undefined;
      readonly write: boolean;
    };

const numberOf = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new Error(`--${name} takes a whole number, not ${text}.`);
  return Number(text);
};

const chosenBy = (word: string): readonly Fault[] => {
  if (word === 'all') return faults;
  const fault = faultCalled(word);
  if (fault === undefined) throw new Error(`There is no fault ${word}: see list.`);
  return [fault];
};

/** @throws Error with one sentence about what cannot be understood */
export function readCommandLine(words: readonly string[]): Request {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      seconds: { type: 'string' },
      stack: { type: 'string' },
      seed: { type: 'string' },
      write: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help || positionals.length === 0) return { kind: 'help' };
  if (positionals[0] === 'list') return { kind: 'list' };
  const { stack = 'own' } = values;
  if (stack !== 'own' && stack !== 'running')
    throw new Error(`--stack takes own or running, not ${stack}.`);
  return {
    kind: 'run',
    chosen: positionals.flatMap(chosenBy),
    seconds: numberOf('seconds', values.seconds),
    stack,
    seed: numberOf('seed', values.seed),
    write: values.write === true,
  };
}
