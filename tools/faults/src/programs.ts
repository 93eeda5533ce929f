/** Other programs of this checkout whose outcome is a fault test's. */
import { join } from 'node:path';
import { readConfig, repoDir } from './config.ts';
import { type Command, runProgram } from './stack.ts';

const quiet = '--disable-warning=ExperimentalWarning';

/** Runs `tools/<path>` with our Node. */
export const runTool = (path: string, ...words: string[]): Promise<Command> =>
  runProgram(process.execPath, [quiet, join(repoDir, 'tools', path), ...words], readConfig().full);

/** Runs the tests of a package whose file names match. */
export const runTests = (packageDir: string, pattern: string): Promise<Command> =>
  runProgram(
    process.execPath,
    [
      ...['--experimental-vm-modules', quiet, join(repoDir, 'node_modules/jest/bin/jest.js')],
      ...['-c', join(repoDir, 'tools/jest/preset.mjs'), '--rootDir', '.', pattern],
    ],
    readConfig().full,
    join(repoDir, packageDir),
  );

/** The last lines of what it said, in one. */
export const lastLines = ({ output }: Command, count = 2): string =>
  output.trim().split('\n').slice(-count).join(' ').trim();

/** The line in which it says so. */
export const lineWith = ({ output }: Command, word: RegExp): string =>
  output
    .split('\n')
    .find((line) => word.test(line))
    ?.trim() ?? lastLines({ status: null, output });
