/** 10: deliveries late, again and in any batches, over many seeds. */
import { type Fault, unless } from '../fault.ts';
import { lastLines, runTool } from '../programs.ts';

export const deliverShuffled: Fault = {
  number: '10',
  name: 'deliver-shuffled',
  does: 'every service over an in-memory bus that delivers late, again and in any batches, while they crash',
  passes:
    'after each seed every row is what its events say, and every bill as the workers lived (1,000 seeds)',
  method:
    'tools/simulation with the product’s own deciders, reactions, cursor and relay; it begins no seed after its seconds.',
  stack: 'none',
  seconds: 60,
  run: async ({ seconds, random }) => {
    const from = String(1 + Math.floor(random() * 1_000_000));
    const done = await runTool(
      'simulation/src/main.ts',
      ...['--seed', from, '--seeds', '1000', '--seconds', String(seconds)],
    );
    return {
      measured: `of 1,000 from seed ${from}: ${lastLines(done)}`,
      problems: unless(done.status === 0, lastLines(done, 4)),
    };
  },
};
