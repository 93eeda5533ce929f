/** `npm run simulate -- [--seeds 10000] [--seed N] [--seconds 120] [--mutants]` */
import { parseArgs } from 'node:util';
import { judgeMutants } from './mutants.ts';
import { play, report } from './seeds.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    seconds: { type: 'string' },
    mutants: { type: 'boolean', default: false },
  },
});

/** What the tests play. */
const defaultSeeds = 60;

async function main(): Promise<boolean> {
  if (values.mutants) return judgeMutants(Number(values.seeds ?? defaultSeeds));
  const from = Number(values.seed ?? 1);
  const seeds = Number(values.seeds ?? (values.seed ? 1 : defaultSeeds));
  const seconds = values.seconds === undefined ? null : Number(values.seconds);
  const total = await play({ from, seeds, seconds });
  console.log(report(total));
  return total.failed === null;
}

process.exit((await main()) ? 0 : 1);
