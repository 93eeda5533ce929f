/** What goes wrong beside the chances of every step, and when. */

import type { Random } from './world/random.ts';
import { serviceNames, type World } from './world.ts';

type Fault = (world: World, random: Random) => void;

const fewSeconds = (random: Random): number => random.whole(500, 20_000);
/** Some are shorter than a zone's silence may be, some longer. */
const aWhile = (random: Random): number => random.whole(1_000, 150_000);

const faults: readonly Fault[] = [
  (world, random) => world.kill(random.pick(serviceNames)),
  (world, random) => world.freeze(random.pick(serviceNames), fewSeconds(random)),
  (world, random) => world.kafka.stop(aWhile(random)),
  // A second ledger while the first one sleeps: only one of them may go on.
  (world, random) => {
    world.freeze('ledger', fewSeconds(random));
    world.startSecondLedger();
  },
  // A power cut: everything on that machine begins anew, and the broker lost what was not on its disk.
  (world, random) => {
    world.kafka.loseTail(random.whole(0, 30));
    world.kafka.stop(fewSeconds(random));
    for (const service of serviceNames) world.kill(service);
  },
  (world, random) => random.pick(world.agents).cutOff(aWhile(random)),
  (world, random) => random.pick(world.agents).crashHost(aWhile(random)),
  (world, random) => random.pick(world.agents).killWorker(),
];

/** Spreads a seed's faults over the time in which there are any. */
export function planFaults(world: World, untilMs: number): void {
  const random = world.random.named('faults');
  const count = random.pick([0, 3, 8, 15]);
  for (let left = count; left > 0; left -= 1) {
    const fault = random.pick(faults);
    world.agenda.after(random.whole(0, untilMs), () => fault(world, random));
  }
}
