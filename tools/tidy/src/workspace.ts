/** The workspace as data: packages, what they declare, and the text of their sources. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The members of a package.json that the architecture is made of. */
export type Manifest = {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly nx?: { readonly tags?: readonly string[] };
};

/** A source file; `path` is relative to the workspace, with forward slashes. */
export type SourceFile = { readonly path: string; readonly text: string };

export type WorkspacePackage = {
  /** `apps/billing` */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Folders that its tsconfig.json references; null when it has no tsconfig.json. */
  readonly references: readonly string[] | null;
  readonly hasReadme: boolean;
  /** Every path below the folder, files and folders. */
  readonly paths: readonly string[];
  /** Its TypeScript and JavaScript. */
  readonly sources: readonly SourceFile[];
};

export type Workspace = {
  /** The root's package.json: the tools that every package shares. */
  readonly root: Manifest;
  readonly packages: readonly WorkspacePackage[];
};

/** What is made, fetched or not ours to name. */
const skipped: readonly string[] = ['node_modules', 'dist', 'target', 'coverage', '__pycache__'];
const isSource = (path: string): boolean => /\.(ts|mts|js|mjs)$/.test(path);

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** Every path below a folder, relative to the workspace. */
function pathsBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !skipped.includes(name))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? [path, ...pathsBelow(root, path)] : [path];
    });
}

function referencesOf(root: string, folder: string): readonly string[] | null {
  const path = join(root, folder, 'tsconfig.json');
  if (!existsSync(path)) return null;
  const { references = [] } = readJson(path) as { references?: { path: string }[] };
  return references.map((reference) => relative(root, join(root, folder, reference.path)));
}

function readPackage(root: string, folder: string): WorkspacePackage {
  const paths = pathsBelow(root, folder);
  return {
    folder,
    manifest: readJson(join(root, folder, 'package.json')) as Manifest,
    references: referencesOf(root, folder),
    hasReadme: existsSync(join(root, folder, 'README.md')),
    paths,
    sources: paths
      .filter(isSource)
      .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
  };
}

/** Reads every package of the workspace whose root folder is given. */
export const readWorkspace = (root: string): Workspace => ({
  root: readJson(join(root, 'package.json')) as Manifest,
  packages: ['apps', 'libs', 'tools']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => readPackage(root, folder)),
});
