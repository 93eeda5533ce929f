/** `npm run faults`: chooses, brings an installation, does what is asked, says what came of it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Request, readCommandLine, usage } from './command-line.ts';
import { readConfig, repoDir } from './config.ts';
import type { Fault, Outcome } from './fault.ts';
import { faults } from './faults.ts';
import { pageWith, type Row } from './report.ts';
import { openStack, type Stack, startStack } from './stack.ts';

type RunRequest = Extract<Request, { kind: 'run' }>;

const pageFile = join(repoDir, 'FAULTS.md');
const config = readConfig();

/** Mulberry32: chance that repeats from a seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The installation in hand: made when the first fault needs one, made anew after one was spoiled. */
function stackKeeper(request: RunRequest) {
  let held: Stack | undefined;
  const release = async (): Promise<void> => {
    const last = held;
    held = undefined;
    await last?.stop();
  };
  const bring = async (): Promise<Stack> => {
    held ??=
      request.stack === 'running'
        ? openStack(config.homeDir, config.full)
        : await startStack(config.full);
    return held;
  };
  return { bring, release };
}

/** For a fault that needs none. */
const noStack = new Proxy({} as Stack, {
  get: () => {
    throw new Error('this fault has said that it needs no installation');
  },
});

async function outcomeOf(
  fault: Fault,
  stack: () => Promise<Stack>,
  seconds: number,
  seed: number,
): Promise<Outcome> {
  const beganMs = performance.now();
  const say = (line: string): void =>
    console.error(`  ${((performance.now() - beganMs) / 1_000).toFixed(1).padStart(6)}  ${line}`);
  try {
    const scene = { seconds, random: randomFrom(seed), say };
    return await fault.run({ ...scene, stack: fault.stack === 'none' ? noStack : await stack() });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { measured: 'did not come to its end', problems: [problem] };
  }
}

/** Runs one, says what came of it, keeps it where that was asked for. @returns whether it passed */
async function runOne(
  fault: Fault,
  request: RunRequest,
  stack: () => Promise<Stack>,
): Promise<boolean> {
  const seconds = request.seconds ?? fault.seconds;
  const seed = request.seed ?? Date.now() % 1_000_000;
  console.error(`${fault.number} ${fault.name}: ${fault.does} (${seconds} s, seed ${seed})`);
  const outcome = await outcomeOf(fault, stack, seconds, seed);
  const passed = outcome.problems.length === 0;
  console.log(`${passed ? 'passed' : 'FAILED'} ${fault.number} ${fault.name}: ${outcome.measured}`);
  for (const problem of outcome.problems) console.log(`  ${problem}`);
  if (request.write)
    writeRow({ fault, outcome, seconds, seed, load: Math.round(loadavg()[0] ?? 0), date: today() });
  return passed;
}

async function runFaults(request: RunRequest): Promise<number> {
  if (request.stack === 'running' && request.chosen.some(({ stack }) => stack === 'spoiled'))
    throw new Error('One of these spoils its installation: leave out --stack running.');
  const keeper = stackKeeper(request);
  let failures = 0;
  const interrupted = (): void => {
    void keeper.release().finally(() => process.exit(130));
  };
  process.on('SIGINT', interrupted).on('SIGTERM', interrupted);
  try {
    for (const fault of request.chosen) {
      const passed = await runOne(fault, request, keeper.bring);
      failures += passed ? 0 : 1;
      // What failed may have left anything.
      if (fault.stack === 'spoiled' || (!passed && request.stack === 'own')) await keeper.release();
    }
  } finally {
    await keeper.release();
  }
  return failures === 0 ? 0 : 1;
}

const today = (): string => new Date().toISOString().slice(0, 10);

function writeRow(row: Row): void {
  const before = existsSync(pageFile) ? readFileSync(pageFile, 'utf8') : '';
  const machine = `${availableParallelism()} processors, ${Math.round(totalmem() / 2 ** 30)} GB`;
  writeFileSync(pageFile, pageWith(before, [row], faults, machine));
}

async function main(words: readonly string[]): Promise<number> {
  const request = readCommandLine(words);
  if (request.kind === 'run') return runFaults(request);
  if (request.kind === 'help') console.log(usage);
  else
    for (const { number, name, does, passes } of faults)
      console.log(
        `${number.padEnd(3)} ${name.padEnd(18)} ${does}\n${' '.repeat(23)}passes: ${passes}`,
      );
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
