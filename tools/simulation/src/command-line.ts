/** What was typed after `npm run simulate --`. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

/** Without a number of one's own. */
const usualSeeds = 60;

export const usage = `npm run simulate -- [options]      seeds one after another, until one shows what must not be
npm run simulate -- --seed 26      one again: the line that a failing seed prints
npm run simulate -- --mutants      patches that break the product in one place, each to be found

  --seeds N        how many (${usualSeeds})
  --from N         the first of them (1)
  --seconds N      no seed begins after so long
  --processes N    side by side (one a processor)`;

export type Request =
  | { readonly kind: 'help' }
  | { readonly kind: 'mutants'; readonly seeds: number }
  | {
      readonly kind: 'play';
      readonly from: number;
      readonly seeds: number;
      readonly seconds: number | null;
      readonly processes: number;
    };

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} takes a whole number, not ${text}.`);
  return Number(text);
}

/** @throws Error with a sentence about what cannot be understood */
export function readCommandLine(words: readonly string[]): Request {
  const { values } = parseArgs({
    args: [...words],
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      from: { type: 'string' },
      seconds: { type: 'string' },
      processes: { type: 'string' },
      mutants: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return { kind: 'help' };
  const one = numberOf('seed', values.seed);
  const seeds = numberOf('seeds', values.seeds) ?? (one === undefined ? usualSeeds : 1);
  if (values.mutants) return { kind: 'mutants', seeds };
  const processes = numberOf('processes', values.processes) ?? availableParallelism();
  return {
    kind: 'play',
    from: one ?? numberOf('from', values.from) ?? 1,
    seeds,
    seconds: numberOf('seconds', values.seconds) ?? null,
    processes: Math.min(processes, seeds),
  };
}
