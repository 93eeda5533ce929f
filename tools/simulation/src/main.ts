/** `npm run simulate`: plays seeds, or shows that they find bugs. */
import { readCommandLine, usage } from './command-line.ts';
import { judgeMutants } from './mutants.ts';
import { report, type Total } from './seeds.ts';
import { playSideBySide } from './side-by-side.ts';

const betweenLinesMs = 30_000;

/** Says on the way how far it is; whoever reads the result reads standard output. */
function progress(seeds: number): (total: Total) => void {
  const begunMs = performance.now();
  let saidMs = begunMs;
  return (total) => {
    const nowMs = performance.now();
    if (nowMs - saidMs < betweenLinesMs || total.seeds === seeds) return;
    saidMs = nowMs;
    const leftMinutes = (((nowMs - begunMs) / total.seeds) * (seeds - total.seeds)) / 60_000;
    console.error(`… ${total.seeds} of ${seeds} seeds, ${Math.ceil(leftMinutes)} min to go`);
  };
}

async function main(words: readonly string[]): Promise<boolean> {
  const request = readCommandLine(words);
  if (request.kind === 'help') {
    console.log(usage);
    return true;
  }
  if (request.kind === 'mutants') return judgeMutants(request.seeds);
  const total = await playSideBySide(request, progress(request.seeds));
  console.log(report(total));
  return total.failed === null;
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
