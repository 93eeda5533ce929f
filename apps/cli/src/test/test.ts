/** `firesteel test`: lint, types, every package's tests, then the end-to-end tests; one count at the end. */
import { globSync, mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { CommandContext } from '../commands/context.ts';
import { runHere } from '../commands/program-of-service.ts';
import { ensureSetUp } from '../commands/setup.ts';
import { readIfThere } from '../state/private-file.ts';
import { testedPackages } from './packages.ts';
import { tally } from './reports.ts';

/** Relative to a package, since Nx hands every package the same words. */
const unitReport = join('dist', 'test-report.json');
const endToEndReport = join('dist', 'e2e-report.json');
const endToEndPattern = '**/*.e2e.spec.ts';

type Run = (program: string, words: readonly string[], cwd?: string) => Promise<number>;

/** Runs a program of node_modules with our Node first on the PATH, which package scripts rely on. */
function runner({ repoDir, config }: CommandContext): Run {
  const bin = join(repoDir, 'node_modules', '.bin');
  const env = {
    ...config.full,
    PATH: `${bin}:${config.full['PATH'] ?? ''}`,
    NX_DAEMON: 'false',
    NX_TUI: 'false',
  };
  return (program, words, cwd = repoDir) => runHere(join(bin, program), words, env, cwd);
}

/** A failed test may leave something open, and a runner that waits for it would take the count with it. */
const reporting = (report: string): string[] => ['--json', `--outputFile=${report}`, '--forceExit'];

/** Nx' own cache is left out: a package whose tests did not run would have no fresh count. */
const unitWords = (): string[] => [
  'run-many',
  '--target=test',
  `--parallel=${Math.min(2, availableParallelism())}`,
  '--skip-nx-cache',
  '--output-style=stream',
  '--',
  ...reporting(unitReport),
];

const endToEndWords = (repoDir: string): string[] => [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  join(repoDir, 'node_modules', 'jest', 'bin', 'jest.js'),
  '--config',
  join(repoDir, 'tools', 'jest', 'preset.mjs'),
  '--rootDir',
  '.',
  '--runInBand',
  `--testMatch=<rootDir>/${endToEndPattern}`,
  ...reporting(endToEndReport),
];

/** @returns the name of the check when it failed */
async function check(
  run: Run,
  say: (line: string) => void,
  title: string,
  words: readonly string[],
) {
  say(`\n── ${title}`);
  const [program = '', ...rest] = words;
  return (await run(program, rest)) === 0 ? [] : [title];
}

/** @returns the exit code: 0 when every check and every test passed */
export async function testCommand(context: CommandContext, withEndToEnd: boolean): Promise<number> {
  const { repoDir, say } = context;
  await ensureSetUp(context);
  const run = runner(context);
  const packages = testedPackages(repoDir);
  const cli = join(repoDir, 'apps', 'cli');
  const endToEnd = withEndToEnd && globSync(endToEndPattern, { cwd: join(cli, 'src') }).length > 0;
  for (const { dir } of packages) {
    mkdirSync(join(dir, 'dist'), { recursive: true });
    rmSync(join(dir, unitReport), { force: true });
  }
  rmSync(join(cli, endToEndReport), { force: true });

  const failures = await check(run, say, 'lint and format', ['biome', 'check']);
  failures.push(...(await check(run, say, 'types', ['tsc', '-b'])));
  failures.push(...(await check(run, say, 'tests', ['nx', ...unitWords()])));
  if (endToEnd) {
    say('\n── end to end');
    if ((await run('node', endToEndWords(repoDir), cli)) !== 0) failures.push('end to end');
  }

  const reports = packages.map(
    ({ name, dir }) => [name, readIfThere(join(dir, unitReport))] as const,
  );
  const last = endToEnd ? [['end to end', readIfThere(join(cli, endToEndReport))] as const] : [];
  const { passed, failed, complaints } = tally([...reports, ...last]);
  say('');
  for (const complaint of [...failures.map((name) => `${name}: failed`), ...complaints])
    say(complaint);
  say(`${passed} passed, ${failed} failed`);
  return failures.length + complaints.length + failed === 0 ? 0 : 1;
}
