// Which Maven repository to ask: what the user says, what Maven's own settings say, else Maven Central.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lastLines, runCommand } from './command.ts';
import { SetUpProblem } from './problem.ts';
import type { Spark } from './spark.ts';

const element = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`).exec(xml)?.[1];

/** Maven's rule for `mirrorOf`: a list of ids, `*`, `external:*` and exclusions with `!`. */
const mirrorsCentral = (mirrorOf: string): boolean => {
  const parts = mirrorOf.split(',').map((part) => part.trim());
  return (
    !parts.includes('!central') &&
    parts.some((part) => ['*', 'external:*', 'central'].includes(part))
  );
};

/** The URL of the first mirror of Maven Central that a `settings.xml` names, or undefined. */
export const mirrorInSettings = (xml: string): string | undefined =>
  [...xml.replace(/<!--[\s\S]*?-->/g, '').matchAll(/<mirror>([\s\S]*?)<\/mirror>/g)]
    .map(([, mirror = '']) => mirror)
    .filter((mirror) => mirrorsCentral(element(mirror, 'mirrorOf') ?? ''))
    .map((mirror) => element(mirror, 'url'))
    .find((url) => url !== undefined);

const READ_ENTRY =
  'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]).decode())';
const IVY_REPOSITORIES = 'org/apache/ivy/core/settings/repository.properties';

/**
 * Maven Central's address as the Apache Ivy that Spark carries knows it.
 * @throws SetUpProblem when this Spark carries no Ivy that names it.
 */
export const centralKnownToIvy = async (python: string, spark: Spark): Promise<string> => {
  const ivy = spark.jars.find((jar) => /\/ivy-[^/]*\.jar$/.test(jar)) ?? '';
  const outcome = await runCommand(python, ['-c', READ_ENTRY, ivy, IVY_REPOSITORIES]);
  const [central] = /https:\/\/\S*maven2/.exec(outcome.stdout) ?? [];
  if (central === undefined)
    throw new SetUpProblem(
      `Spark's Ivy does not say where Maven Central is (${lastLines(outcome)}): name a repository in FIRESTEEL_MAVEN_MIRROR.`,
    );
  return central;
};

/**
 * The repository's URL without a slash at its end. `asked` is the user's `FIRESTEEL_MAVEN_MIRROR`;
 * `home` is the folder whose `.m2/settings.xml` is read otherwise; `central` answers for everybody else.
 */
export const mavenRepository = async (
  asked: string | undefined,
  home: string,
  central: () => Promise<string>,
): Promise<string> => {
  const settings = await readFile(join(home, '.m2', 'settings.xml'), 'utf8').catch(() => '');
  return (asked ?? mirrorInSettings(settings) ?? (await central())).replace(/\/+$/, '');
};
