/** The faults there are. To add one: a file in `faults/`, a line here. */
import type { Fault } from './fault.ts';
import { allAtOnce } from './faults/all-at-once.ts';
import { controlPlaneDown } from './faults/control-plane-down.ts';
import { deliverShuffled } from './faults/deliver-shuffled.ts';
import { diskFull } from './faults/disk-full.ts';
import { killEverything } from './faults/kill-everything.ts';
import { killKafka } from './faults/kill-kafka.ts';
import { killPostgres } from './faults/kill-postgres.ts';
import { killServices } from './faults/kill-services.ts';
import { killWorkers } from './faults/kill-workers.ts';
import { oldEvents } from './faults/old-events.ts';
import { poisonMessage } from './faults/poison-message.ts';
import { powerCut } from './faults/power-cut.ts';
import { rebalanceStorm } from './faults/rebalance-storm.ts';
import { replayFromNothing } from './faults/replay-from-nothing.ts';
import { restoreElsewhere } from './faults/restore-elsewhere.ts';
import { tamperWithLog } from './faults/tamper.ts';
import { twoLedgers } from './faults/two-ledgers.ts';
import { wrongClock } from './faults/wrong-clock.ts';
import { yearsLater } from './faults/years-later.ts';

export const faults: readonly Fault[] = [
  killServices,
  killEverything,
  allAtOnce,
  killPostgres,
  killKafka,
  killWorkers,
  controlPlaneDown,
  twoLedgers,
  powerCut,
  diskFull,
  restoreElsewhere,
  deliverShuffled,
  rebalanceStorm,
  poisonMessage,
  replayFromNothing,
  oldEvents,
  wrongClock,
  yearsLater,
  tamperWithLog,
];

/** By number or name. */
export const faultCalled = (word: string): Fault | undefined =>
  faults.find(({ number, name }) => number === word || name === word);
