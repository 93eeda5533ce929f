// The first thing that runs in a fresh clone: checks the machine, installs npm packages, hands over to the command
// line on the Node that the packages brought. Plain JavaScript without dependencies, because there are none yet.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeProblem, platformProblem, pythonProblem, pythonVersions } from './machine.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const needPython = ['setup', 'up', 'demo', 'foreground', 'test'];
const say = (line) => process.stderr.write(`${line}\n`);

function refuse(sentence) {
  say(sentence);
  process.exit(1);
}

function firstProblem(command) {
  return (
    nodeProblem(process.versions.node) ||
    platformProblem(process.platform, process.arch) ||
    (needPython.includes(command) ? pythonProblem(pythonVersions()) : null)
  );
}

/** Signals go to the command line, which decides what they mean; we end when it has ended, as it ended. */
function handOver(args) {
  const node = join(root, 'node_modules', '.bin', 'node');
  const main = join(root, 'apps', 'cli', 'src', 'main.ts');
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', main].concat(args), {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) =>
    refuse(
      'Cannot start ' +
        node +
        ' (' +
        error.code +
        '): remove node_modules and run the command again.',
    ),
  );
  child.on('close', (code, signal) =>
    process.exit(signal ? 128 + constants.signals[signal] : code),
  );
}

const args = process.argv.slice(2);
const problem = firstProblem(args[0] || '');
if (problem) refuse(problem);
// Only now, on a Node that is known to be new enough.
import('./packages.mjs')
  .then(({ installPackages }) => installPackages(root, say))
  .then((failure) => (failure ? refuse(failure) : handOver(args)))
  .catch((error) => refuse(`The installation of npm packages failed: ${error.message}`));
