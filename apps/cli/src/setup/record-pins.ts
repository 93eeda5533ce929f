// Prints the pins of Maven artifacts and all they need, for `runtime.json` and `kafka.json`:
//   node apps/cli/src/setup/record-pins.ts org.apache.kafka:kafka_2.13:4.4.0 org.slf4j:slf4j-simple:1.7.36
// For maintainers who raise a version. Dependencies are resolved by the Apache Ivy that Spark carries.
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastLines, runCommand } from './command.ts';
import { setUpConfig } from './config.ts';
import { digestOfFile } from './digest.ts';
import { readInstallation } from './installation.ts';
import type { LockedJar } from './maven.ts';
import { centralKnownToIvy, mavenRepository } from './maven-mirror.ts';
import { SetUpProblem } from './problem.ts';

const PATTERN = '[organisation]/[module]/[revision]/[artifact]-[revision](-[classifier]).[ext]';

/** `bundle` is how OSGi-minded projects call a jar; without it a sixth of Kafka's jars would be missing. */
const TYPES = ['jar', 'bundle', 'test-jar'];

const settings = (repository: string, folder: string): string =>
  `<ivysettings><settings defaultResolver="maven"/><caches defaultCacheDir="${folder}/cache"/>` +
  `<resolvers><ibiblio name="maven" m2compatible="true" root="${repository}"/></resolvers></ivysettings>`;

const moduleFile = (coordinates: readonly string[]): string => {
  const dependencies = coordinates.map((coordinate) => {
    const [organisation, name, revision] = coordinate.split(':');
    return `<dependency org="${organisation}" name="${name}" rev="${revision}" conf="default->default"/>`;
  });
  return (
    '<ivy-module version="2.0"><info organisation="firesteel" module="pins"/>' +
    `<configurations><conf name="default"/></configurations><dependencies>${dependencies.join('')}</dependencies></ivy-module>`
  );
};

const pin = async (folder: string, path: string): Promise<LockedJar> => {
  const [organisation = '', ...rest] = path.split('/');
  const { size } = await stat(join(folder, path));
  return {
    path: [organisation.replaceAll('.', '/'), ...rest].join('/'),
    bytes: size,
    sha256: await digestOfFile(join(folder, path)),
  };
};

const resolve = async (coordinates: readonly string[], folder: string): Promise<void> => {
  const { cacheDir, mavenMirror, home } = setUpConfig();
  const installation = readInstallation(cacheDir);
  const [runtime] = Object.values(installation?.runtimes ?? {});
  const ivy = runtime?.classPath.find((jar) => /\/ivy-[^/]*\.jar$/.test(jar));
  if (!installation || !ivy) throw new SetUpProblem('Run set-up first: its Spark carries Ivy.');
  const spark = { home: '', pythonPath: [], jars: [ivy] };
  const repository = await mavenRepository(mavenMirror, home, () =>
    centralKnownToIvy(installation.python, spark),
  );
  await writeFile(join(folder, 'settings.xml'), settings(repository, folder));
  await writeFile(join(folder, 'ivy.xml'), moduleFile(coordinates));
  const outcome = await runCommand(installation.javaBin, [
    ...['-jar', ivy, '-settings', join(folder, 'settings.xml'), '-ivy', join(folder, 'ivy.xml')],
    ...['-confs', 'default', '-types', ...TYPES],
    ...['-retrieve', join(folder, 'jars', PATTERN)],
  ]);
  if (outcome.status !== 0) throw new SetUpProblem(`Ivy failed: ${lastLines(outcome)}`);
};

const folder = await mkdtemp(join(tmpdir(), 'firesteel-pins-'));
try {
  await resolve(process.argv.slice(2), folder);
  const jars = join(folder, 'jars');
  const paths = (await readdir(jars, { recursive: true })).filter((path) => path.endsWith('.jar'));
  const pins: LockedJar[] = [];
  for (const path of paths) pins.push(await pin(jars, path));
  pins.sort((one, other) => (one.path < other.path ? -1 : 1));
  console.log(JSON.stringify(pins, undefined, 2));
} finally {
  await rm(folder, { recursive: true, force: true });
}
