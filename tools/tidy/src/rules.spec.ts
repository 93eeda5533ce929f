/** Each rule bites: a workspace with the one thing it forbids gets the one sentence. */
import * as packageRules from './package-rules.ts';
import * as sourceRules from './source-rules.ts';
import type { Manifest, Workspace, WorkspacePackage } from './workspace.ts';

const one = (
  folder: string,
  layer: string,
  more: Partial<WorkspacePackage> & { readonly uses?: Manifest['dependencies'] } = {},
): WorkspacePackage => {
  const { uses = {}, ...rest } = more;
  return {
    folder,
    manifest: {
      name: `@firesteel/${folder.split('/')[1]}`,
      dependencies: uses,
      nx: { tags: [`layer:${layer}`] },
    },
    references: [],
    hasReadme: true,
    paths: [],
    sources: [],
    ...rest,
  };
};
const workspace = (...packages: WorkspacePackage[]): Workspace => ({
  root: { name: 'root' },
  packages,
});
const app = (path: string, text: string): WorkspacePackage =>
  one('apps/a', 'app', { sources: [{ path: `apps/a/src/${path}`, text }] });
const decider = (line: string): WorkspacePackage =>
  app(
    'a.ts',
    `import type { Decider } from '@firesteel/decider';\nconst a: Decider<1, 2, 3> = {};\n${line}`,
  );
const onlyOne = ['describe', 'only'].join('.');

it.each([
  [
    'an app on an app',
    packageRules.dependsOnLayersBelow,
    workspace(one('apps/a', 'app', { uses: { '@firesteel/b': '*' } }), one('apps/b', 'app')),
    /must not depend on @firesteel\/b/,
  ],
  [
    'contracts on a kernel',
    packageRules.dependsOnLayersBelow,
    workspace(
      one('libs/a', 'contracts', { uses: { '@firesteel/b': '*' } }),
      one('libs/b', 'kernel'),
    ),
    /layer:contracts must not/,
  ],
  [
    'an unknown layer',
    packageRules.hasOneLayer,
    workspace(one('libs/a', 'middle')),
    /exactly one of layer:contracts/,
  ],
  [
    'an undeclared reference',
    packageRules.referencesWhatItDeclares,
    workspace(one('apps/a', 'app', { references: ['libs/b'] }), one('libs/b', 'kernel')),
    /remove the reference to libs\/b/,
  ],
  [
    'a missing reference',
    packageRules.referencesWhatItDeclares,
    workspace(one('apps/a', 'app', { uses: { '@firesteel/b': '*' } }), one('libs/b', 'kernel')),
    /add a reference to libs\/b/,
  ],
  [
    'a range',
    packageRules.pinsExactVersions,
    workspace(one('apps/a', 'app', { uses: { zod: '^4.0.0' } })),
    /pin zod to an exact version/,
  ],
  [
    'two versions',
    packageRules.hasOneVersionOfEach,
    workspace(
      one('apps/a', 'app', { uses: { zod: '4.0.0' } }),
      one('apps/b', 'app', { uses: { zod: '4.0.1' } }),
    ),
    /zod: choose one version/,
  ],
  [
    'no README',
    packageRules.hasReadme,
    workspace(one('apps/a', 'app', { hasReadme: false })),
    /write a README/,
  ],
  [
    'an empty word',
    packageRules.namesAfterTheDomain,
    workspace(one('apps/a', 'app', { paths: ['apps/a/src/job-helpers.ts'] })),
    /job-helpers.ts: name it/,
  ],
  [
    'a stray environment',
    sourceRules.readsTheEnvironmentOnce,
    workspace(app('a.ts', 'const a = process.env;')),
    /config.ts and pass it in/,
  ],
  [
    'a clock in a decider',
    sourceRules.decidesPurely,
    workspace(decider('const at = new Date();')),
    /no clock/,
  ],
  [
    'chance in a decider',
    sourceRules.decidesPurely,
    workspace(decider('const id = randomUUID();')),
    /no chance/,
  ],
  [
    'a lonely test',
    sourceRules.runsEveryTest,
    workspace(app('a.spec.ts', `${onlyOne}('x');`)),
    /run every test/,
  ],
  [
    'an imported app',
    sourceRules.importsNoOtherApp,
    workspace(app('a.ts', "import { b } from '@firesteel/b/x';"), one('apps/b', 'app')),
    /apps meet over HTTP and Kafka/,
  ],
  [
    'a way around exports',
    sourceRules.staysInItsPackage,
    workspace(app('a.ts', "import { b } from '../../b/src/b.ts';")),
    /import one of its exports/,
  ],
  [
    'kafkajs elsewhere',
    sourceRules.knowsKafkaInOnePlace,
    workspace(app('a.ts', "import kafkajs from 'kafkajs';")),
    /go through libs\/messaging/,
  ],
])('refuses %s', (_name, rule, bad, sentence) => {
  expect(rule(bad)).toEqual([expect.stringMatching(sentence)]);
});

it('lets through what the rules allow', () => {
  const good = workspace(
    one('apps/a', 'app', {
      uses: { '@firesteel/b': '*', zod: '4.0.0' },
      references: ['libs/b'],
      sources: [
        { path: 'apps/a/src/config.ts', text: 'const a = process.env;' },
        { path: 'apps/a/src/a.spec.ts', text: 'const a = process.env;' },
        { path: 'apps/a/src/deep/b.ts', text: "import { c } from '../c.ts'; // process.env" },
        { path: 'apps/a/src/c.ts', text: 'const at = new Date();' },
      ],
      paths: ['apps/a/src/database.ts'],
    }),
    one('libs/b', 'kernel', { uses: { zod: '4.0.0' } }),
  );
  // Exceptions name files of the real tree, which this small one lacks.
  const rules = [...Object.values(packageRules), ...Object.values(sourceRules)].filter(
    (rule) => rule !== sourceRules.needsItsExceptions,
  );
  expect(rules.flatMap((rule) => rule(good))).toEqual([]);
});
