/** Rules about packages: layers, references, versions, names. Each answers sentences that name the fix. */
import type { Manifest, Workspace, WorkspacePackage } from './workspace.ts';

/** Looks at the workspace and answers what is wrong; empty when nothing is. */
export type Rule = (workspace: Workspace) => readonly string[];

/** What each layer may depend on: this table is the architecture. */
const mayDependOn: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  kernel: ['kernel', 'contracts'],
  app: ['kernel', 'contracts'],
  tool: ['contracts', 'kernel', 'app', 'tool', 'jvm'],
  jvm: [],
};

/** Words that say nothing about what is inside. */
const emptyWords = /^(utils?|helpers?|common|shared|misc|base|managers?)$/i;

/** Every dependency, needed at run time or in tests. */
const dependenciesOf = ({ dependencies, devDependencies }: Manifest): [string, string][] =>
  Object.entries({ ...dependencies, ...devDependencies });

const layerTags = ({ manifest }: WorkspacePackage): string[] =>
  (manifest.nx?.tags ?? [])
    .filter((tag) => tag.startsWith('layer:'))
    .map((tag) => tag.slice('layer:'.length));

/** The packages of ours that a package declares. */
const oursOf = ({ packages }: Workspace, { manifest }: WorkspacePackage): WorkspacePackage[] => {
  const declared = new Set(dependenciesOf(manifest).map(([name]) => name));
  return packages.filter((candidate) => declared.has(candidate.manifest.name));
};

export const hasOneLayer: Rule = ({ packages }) =>
  packages
    .filter((one) => {
      const tags = layerTags(one);
      return tags.length !== 1 || !((tags[0] ?? '') in mayDependOn);
    })
    .map(
      ({ folder }) =>
        `${folder}/package.json: give "nx.tags" exactly one of ${Object.keys(mayDependOn)
          .map((layer) => `layer:${layer}`)
          .join(', ')}`,
    );

export const dependsOnLayersBelow: Rule = (workspace) =>
  workspace.packages.flatMap((one) => {
    const [layer = ''] = layerTags(one);
    const allowed = mayDependOn[layer] ?? [];
    return oursOf(workspace, one)
      .filter((other) => !allowed.includes(layerTags(other)[0] ?? ''))
      .map(
        (other) =>
          `${one.folder}: layer:${layer} must not depend on ${other.manifest.name} (layer:${layerTags(other)[0]}): remove it, or move what both need to a layer below`,
      );
  });

export const referencesWhatItDeclares: Rule = (workspace) =>
  workspace.packages.flatMap((one) => {
    if (one.references === null) return [];
    const references = one.references;
    const declared = oursOf(workspace, one)
      .filter((other) => other.references !== null)
      .map(({ folder }) => folder);
    return [
      ...declared
        .filter((folder) => !references.includes(folder))
        .map((folder) => `${one.folder}/tsconfig.json: add a reference to ${folder}`),
      ...references
        .filter((folder) => !declared.includes(folder))
        .map(
          (folder) =>
            `${one.folder}/tsconfig.json: remove the reference to ${folder}, or declare it in package.json`,
        ),
    ];
  });

/** Every declaration of somebody else's package: who, what, which version. */
const thirdParty = ({ root, packages }: Workspace): [string, string, string][] => {
  const ours = new Set(packages.map(({ manifest }) => manifest.name));
  const all: [string, Manifest][] = [
    ['package.json', root],
    ...packages.map(({ folder, manifest }): [string, Manifest] => [
      `${folder}/package.json`,
      manifest,
    ]),
  ];
  return all.flatMap(([where, manifest]) =>
    dependenciesOf(manifest)
      .filter(([name]) => !ours.has(name))
      .map(([name, version]): [string, string, string] => [where, name, version]),
  );
};

export const pinsExactVersions: Rule = (workspace) =>
  thirdParty(workspace)
    .filter(([, , version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([where, name, version]) => `${where}: pin ${name} to an exact version, not ${version}`);

export const hasOneVersionOfEach: Rule = (workspace) => {
  const versions = Map.groupBy(thirdParty(workspace), ([, name]) => name);
  return [...versions]
    .filter(([, uses]) => new Set(uses.map(([, , version]) => version)).size > 1)
    .map(
      ([name, uses]) =>
        `${name}: choose one version for the workspace: ${uses.map(([where, , version]) => `${version} in ${where}`).join(', ')}`,
    );
};

export const hasReadme: Rule = ({ packages }) =>
  packages
    .filter((one) => !one.hasReadme)
    .map(({ folder }) => `${folder}: write a README.md: what it is for, what it decides, what not`);

const hidesMeaning = (path: string): boolean =>
  (path.split('/').at(-1) ?? '').split(/[.-]/).some((word) => emptyWords.test(word));

/** Folders, and files of ours; the names of other languages' files follow what they implement. */
const isNamedByUs = (path: string): boolean => !/\.(scala|java|json)$/.test(path);

export const namesAfterTheDomain: Rule = ({ packages }) =>
  packages.flatMap(({ paths }) =>
    paths
      .filter((path) => isNamedByUs(path) && hidesMeaning(path))
      .map((path) => `${path}: name it after what is inside, in words of the domain`),
  );
