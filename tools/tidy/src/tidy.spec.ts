/** Keeps the architecture: every rule holds for the whole workspace. A failure names the fix. */
import { join } from 'node:path';
import * as packageRules from './package-rules.ts';
import * as sourceRules from './source-rules.ts';
import { readWorkspace } from './workspace.ts';

const workspace = readWorkspace(join(import.meta.dirname, '../../..'));

describe('the workspace', () => {
  it.each([
    ['has one layer for each package', packageRules.hasOneLayer],
    ['depends only on layers below', packageRules.dependsOnLayersBelow],
    [
      'references in tsconfig.json what package.json declares',
      packageRules.referencesWhatItDeclares,
    ],
    ['pins exact versions', packageRules.pinsExactVersions],
    ['has one version of each third-party package', packageRules.hasOneVersionOfEach],
    ['has a README.md in every package', packageRules.hasReadme],
    ['names files and folders after the domain', packageRules.namesAfterTheDomain],
    ['reads the environment in config.ts only', sourceRules.readsTheEnvironmentOnce],
    ['needs every exception it lists', sourceRules.needsItsExceptions],
    ['decides without clock and chance', sourceRules.decidesPurely],
    ['runs every test', sourceRules.runsEveryTest],
    ['has apps that import no other app', sourceRules.importsNoOtherApp],
    ['has imports that stay in their package', sourceRules.staysInItsPackage],
    ['knows kafkajs in libs/messaging only', sourceRules.knowsKafkaInOnePlace],
  ])('%s', (_name, rule) => {
    expect(rule(workspace)).toEqual([]);
  });
});
