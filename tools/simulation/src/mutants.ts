/**
 * Does the simulation find bugs? Each patch in `mutants/` breaks the product in one place. It is applied
 * to a copy of the tree, and the seeds of the tests must show it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = fileURLToPath(new URL('../mutants', import.meta.url));
const scope = '@firesteel';

/** Packages of others are shared with the tree; ours are those of the copy. */
function linkPackages(copy: string): void {
  const modules = join(root, 'node_modules');
  mkdirSync(join(copy, 'node_modules', scope), { recursive: true });
  for (const name of readdirSync(modules))
    if (name !== scope) symlinkSync(join(modules, name), join(copy, 'node_modules', name));
  for (const name of readdirSync(join(modules, scope)))
    symlinkSync(readlinkSync(join(modules, scope, name)), join(copy, 'node_modules', scope, name));
}

function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'firesteel-mutant-'));
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', 'apps', 'libs', 'tools'];
  const files = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).trim().split('\n');
  for (const file of [...files, 'package.json']) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  linkPackages(copy);
  return copy;
}

export const mutants: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.patch'))
  .sort();

/** Whether a patch still fits the product. */
export const applies = (mutant: string): boolean =>
  spawnSync('git', ['apply', '--check', join(folder, mutant)], { cwd: root }).status === 0;

/** Plays seeds on a copy with that patch; answers what was found, or null when nothing was. */
export function findingOf(mutant: string, seeds: number): string | null {
  const copy = copyTree();
  try {
    execFileSync('git', ['apply', join(folder, mutant)], { cwd: copy });
    const program = join(copy, 'tools/simulation/src/main.ts');
    const played = spawnSync(
      process.execPath,
      [program, '--seeds', String(seeds), '--processes', '1'],
      {
        cwd: copy,
        encoding: 'utf8',
      },
    );
    const found = /^seed .*$/m.exec(played.stdout)?.[0];
    if (played.status !== 0 && found === undefined) throw new Error(played.stderr);
    return found ?? null;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/** Tries every mutant; whether each was found. */
export function judgeMutants(seeds: number): boolean {
  const findings = mutants.map((mutant) => {
    const finding = findingOf(mutant, seeds);
    console.log(`${basename(mutant, '.patch')}: ${finding ?? `not found in ${seeds} seeds`}`);
    return finding;
  });
  return findings.every((finding) => finding !== null);
}
