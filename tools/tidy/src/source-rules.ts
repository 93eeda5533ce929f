/** Rules about sources: where the environment, clocks, Kafka and other packages may be reached from. */
import { posix } from 'node:path';
import type { Rule } from './package-rules.ts';
import type { SourceFile, Workspace } from './workspace.ts';

const isTest = (path: string): boolean =>
  /\.(spec|fixture|conformance)\.ts$/.test(path) || path.includes('/test/');

/** Files that may read the environment though they are no `config.ts`: path → reason. */
const environmentExceptions: Readonly<Record<string, string>> = {
  'apps/cli/src/setup/python.ts': 'pip must see the user’s own mirror and proxy settings',
  'apps/cli/src/setup/rehearsal.ts': 'the rehearsed JVM runs in the user’s environment',
  'apps/cli/src/end-to-end/installation.ts':
    'the command line under test gets the user’s environment',
};

const sourcesOf = ({ packages }: Workspace): SourceFile[] =>
  packages.flatMap(({ sources }) => sources);

/** Code without its comments: a comment may speak of what the code must not do. */
const codeOf = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');

const staticImport = /^(?:import|export)\b[^'";]*?\bfrom\s*'([^']+)'/gm;
const bareImport = /^import\s*'([^']+)'/gm;
const dynamicImport = /\bimport\(\s*'([^']+)'/g;

/** What a source imports, statically or not. */
const importsOf = (text: string): string[] => {
  const code = codeOf(text);
  return [staticImport, bareImport, dynamicImport].flatMap((pattern) =>
    [...code.matchAll(pattern)].map(([, specifier = '']) => specifier),
  );
};

export const readsTheEnvironmentOnce: Rule = (workspace) =>
  sourcesOf(workspace)
    .filter(
      ({ path, text }) =>
        !isTest(path) &&
        !path.endsWith('/config.ts') &&
        !(path in environmentExceptions) &&
        /\bprocess\s*\.\s*env\b/.test(codeOf(text)),
    )
    .map(({ path }) => `${path}: read the environment in the package's config.ts and pass it in`);

/** Reasons that no longer have a file are removed with it. */
export const needsItsExceptions: Rule = (workspace) => {
  const paths = new Set(sourcesOf(workspace).map(({ path }) => path));
  return Object.keys(environmentExceptions)
    .filter((path) => !paths.has(path))
    .map((path) => `tools/tidy/src/source-rules.ts: remove the exception for ${path}`);
};

const impure =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\brandom(UUID|Bytes|Int)\b|\bgetRandomValues\b|\bperformance\.now\b|\bprocess\.hrtime\b/;

/** A decider's file: it states one, typed. */
const statesDecider = ({ path, text }: SourceFile): boolean =>
  !isTest(path) && /:\s*Decider</.test(text) && /@firesteel\/decider'/.test(text);

export const decidesPurely: Rule = (workspace) =>
  sourcesOf(workspace)
    .filter((file) => statesDecider(file) && impure.test(codeOf(file.text)))
    .map(
      ({ path }) =>
        `${path}: a decider sees no clock and no chance: put the time or the id into the command`,
    );

const partialRun =
  /\b(?:describe|it|test)(?:\.each|\.concurrent)?\.(?:only|skip|todo|failing)\b|\b[xf](?:it|describe)\s*\(/;

export const runsEveryTest: Rule = (workspace) =>
  sourcesOf(workspace)
    .filter(({ path, text }) => path.endsWith('.spec.ts') && partialRun.test(codeOf(text)))
    .map(({ path }) => `${path}: run every test: mend it or delete it`);

export const importsNoOtherApp: Rule = ({ packages }) => {
  const apps = packages.filter(({ folder }) => folder.startsWith('apps/'));
  return apps.flatMap((app) =>
    app.sources.flatMap(({ path, text }) =>
      importsOf(text)
        .filter((specifier) =>
          apps.some(
            ({ folder, manifest: { name } }) =>
              folder !== app.folder && (specifier === name || specifier.startsWith(`${name}/`)),
          ),
        )
        .map(
          (specifier) =>
            `${path}: imports ${specifier}: apps meet over HTTP and Kafka, shapes they share are in libs/contracts`,
        ),
    ),
  );
};

export const staysInItsPackage: Rule = ({ packages }) =>
  packages.flatMap(({ folder, sources }) =>
    sources.flatMap(({ path, text }) =>
      importsOf(text)
        .filter(
          (specifier) =>
            specifier.startsWith('.') &&
            !posix.join(posix.dirname(path), specifier).startsWith(`${folder}/`),
        )
        .map(
          (specifier) =>
            `${path}: imports ${specifier}: declare the other package and import one of its exports`,
        ),
    ),
  );

export const knowsKafkaInOnePlace: Rule = (workspace) =>
  sourcesOf(workspace)
    .filter(
      ({ path, text }) =>
        !path.startsWith('libs/messaging/') &&
        importsOf(text).some((specifier) => specifier.split('/')[0] === 'kafkajs'),
    )
    .map(({ path }) => `${path}: imports kafkajs: go through libs/messaging`);
