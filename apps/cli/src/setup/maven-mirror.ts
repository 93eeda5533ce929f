// Which Maven repository to ask: what the user says, what Maven's own settings say, else Maven Central.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const CENTRAL = 'https://central.invalid/maven2';

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

/**
 * The repository's URL without a slash at its end. `asked` is the user's `FIRESTEEL_MAVEN_MIRROR`;
 * `home` is the folder whose `.m2/settings.xml` is read otherwise.
 */
export const mavenRepository = async (asked: string | undefined, home: string): Promise<string> => {
  const settings = await readFile(join(home, '.m2', 'settings.xml'), 'utf8').catch(() => '');
  return (asked ?? mirrorInSettings(settings) ?? CENTRAL).replace(/\/+$/, '');
};
