/** One seed: a world, its faults, what clients do in it, and what must hold all the while and at the end. */
import { History, type Limit } from './checks/history.ts';
import { never, Violation } from './checks/violation.ts';
import { checkOrder, checkPostings, checkRows } from './checks/whole-log.ts';
import { createClients } from './clients.ts';
import { planFaults } from './faults.ts';
import type { SimulatedDatabase } from './services/database.ts';
import { createWorld, type World } from './world.ts';

/** What a seed came to. */
export type Outcome = {
  readonly seed: number;
  readonly simulatedMs: number;
  readonly events: number;
  readonly steps: number;
  readonly crashes: number;
  readonly runs: number;
  /** What must never be and was, null when nothing was. */
  readonly violation: string | null;
};

/** Faults end after so long at most. */
const troubledMs = 12 * 60_000;
/** So long after the faults have stopped everything has come to its end. */
const patienceMs = 5 * 3_600_000;
/** Steps without an end are one that never comes. */
const mostSteps = 400_000;

/** Reads what is new on the log and checks it. */
function createReader(world: World, history: History): () => void {
  const { postgres } = world.database;
  let appends = postgres.appends;
  let lastPos = 0;
  return () => {
    if (postgres.appends === appends) return;
    appends = postgres.appends;
    postgres.assume('postgres');
    const { rows } = postgres.query(
      'select pos, stream, version, type, data from log.event where pos > $1 order by pos',
      [lastPos],
    );
    for (const row of rows) {
      lastPos = Number(row['pos']);
      history.take(row as Parameters<History['take']>[0]);
    }
    history.judgeUsages();
  };
}

async function play(world: World, history: History): Promise<number> {
  const read = createReader(world, history);
  const clients = createClients(world, history);
  planFaults(world, troubledMs);
  let steps = 0;
  const until = async (untilMs: number, isDone: () => boolean): Promise<void> => {
    while (!isDone() && (await world.agenda.step(untilMs))) {
      steps += 1;
      read();
      world.throwDefect();
      never(steps > mostSteps, () => `it does not come to an end: ${clients.unfinished()}`);
    }
  };
  await until(troubledMs, () => false);
  world.calm();
  clients.tidyUp();
  const endMs = world.agenda.nowMs() + patienceMs;
  // What has ended is at rest only when capacity has been told so: that may be on its way.
  const isAtRest = () => world.isQuiet() && history.liveWorkers.length === 0;
  await until(endMs, () => clients.isDone() && isAtRest());
  never(!clients.isDone(), () => `after the faults it does not end: ${clients.unfinished()}`);
  never(!world.isQuiet(), () => `it does not come to rest: ${world.unrest()}`);
  const { liveWorkers } = history;
  never(liveWorkers.length > 0, () => `workers that nobody ended: ${liveWorkers.join(', ')}`);
  history.settle();
  checkOrder(world.database.postgres);
  checkRows(world.database.postgres);
  checkPostings(world.database.postgres);
  return steps;
}

/** Plays a seed; the database is cleared first. */
export async function simulate(database: SimulatedDatabase, seed: number): Promise<Outcome> {
  database.clear();
  const applicationLimits = new Map<string, Limit>();
  const world = createWorld(database, seed, applicationLimits);
  const history = new History({
    applicationLimits,
    zoneLimits: world.zoneLimits,
    accountQuotaVcpu: world.accountQuotaVcpu,
    readyMsOf: world.readyMsOf,
    fencedBelow: world.fencedBelow,
  });
  let steps = 0;
  let violation: string | null = null;
  try {
    steps = await play(world, history);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error.message;
  } finally {
    world.end();
  }
  return {
    seed,
    simulatedMs: world.agenda.nowMs(),
    events: history.events,
    steps,
    crashes: world.crashes(),
    runs: history.idsOf('job-run').length,
    violation,
  };
}
