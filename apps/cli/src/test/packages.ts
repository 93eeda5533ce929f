/** The packages that have tests. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const rootSchema = z.object({ workspaces: z.array(z.string()) });
const packageSchema = z.object({
  name: z.string(),
  scripts: z.record(z.string(), z.string()).optional(),
});

/** A package with a script `test`; `dir` is absolute. */
export type TestedPackage = { readonly name: string; readonly dir: string };

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** All of them, in the order of their folders. */
export function testedPackages(repoDir: string): TestedPackage[] {
  const { workspaces } = rootSchema.parse(read(join(repoDir, 'package.json')));
  return workspaces
    .flatMap((pattern) => globSync(pattern, { cwd: repoDir }).toSorted())
    .map((dir) => join(repoDir, dir))
    .filter((dir) => existsSync(join(dir, 'package.json')))
    .map((dir) => ({ dir, manifest: packageSchema.parse(read(join(dir, 'package.json'))) }))
    .filter(({ manifest }) => manifest.scripts?.['test'] !== undefined)
    .map(({ dir, manifest }) => ({ dir, name: manifest.name }));
}
