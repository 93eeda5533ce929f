// Runs set-up alone: `node apps/cli/src/setup/main.ts`.
import { fileURLToPath } from 'node:url';
import { setUpConfig } from './config.ts';
import { installationPath } from './installation.ts';
import { SetUpProblem } from './problem.ts';
import { progressTo } from './progress.ts';
import { setUp } from './set-up.ts';

const { cacheDir } = setUpConfig();
const repoDir = fileURLToPath(new URL('../../../..', import.meta.url));

try {
  await setUp({ cacheDir, repoDir, report: progressTo(process.stdout) });
  console.log(`Set up in ${installationPath(cacheDir)}`);
} catch (error) {
  if (!(error instanceof SetUpProblem)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
