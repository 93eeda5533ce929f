// Is this machine able to run Firesteel? Written in old JavaScript on purpose, so that an old Node can say so itself.
import { spawnSync } from 'node:child_process';

const oldestNode = 20;
const oldestPython = [3, 10];

/** @returns one sentence that says what is wrong and how to mend it, or null when this Node will do. */
export function nodeProblem(version) {
  return Number(version.split('.')[0]) >= oldestNode
    ? null
    : 'Firesteel needs Node ' +
        oldestNode +
        ' or newer and this is ' +
        version +
        ': install one from https://nodejs.org (or with nvm: `nvm install ' +
        oldestNode +
        '`).';
}

/** @returns a sentence as above, or null on Linux x86-64. */
export function platformProblem(platform, architecture) {
  return platform === 'linux' && architecture === 'x64'
    ? null
    : 'Firesteel runs on Linux x86-64 and this is ' +
        platform +
        ' ' +
        architecture +
        ': use such a machine, a virtual machine, WSL 2 or a container.';
}

/** @returns a sentence as above, or null; `versions` are the answers of the interpreters that were found, as "3.11". */
export function pythonProblem(versions) {
  const good = versions.some((version) => {
    const parts = version.split('.').map(Number);
    return (
      parts[0] > oldestPython[0] || (parts[0] === oldestPython[0] && parts[1] >= oldestPython[1])
    );
  });
  if (good) return null;
  const found =
    versions.length === 0 ? 'there is none on the PATH' : `this is ${versions.join(', ')}`;
  return (
    'Firesteel needs Python ' +
    oldestPython.join('.') +
    ' or newer and ' +
    found +
    ': install it (Debian and Ubuntu: `apt-get install python3`).'
  );
}

/** Asks the interpreters on the PATH for their version, best name first, and stops at the first that will do. */
export function pythonVersions() {
  const found = [];
  const names = [process.env.FIRESTEEL_PYTHON, 'python3', 'python3.12', 'python3.11', 'python3.10'];
  for (const name of names.filter(Boolean)) {
    const program = 'import sys; print("%d.%d" % sys.version_info[:2])';
    const answer = spawnSync(name, ['-c', program], { encoding: 'utf8' });
    if (answer.status !== 0) continue;
    found.push(answer.stdout.trim());
    if (pythonProblem(found) === null) break;
  }
  return found;
}
