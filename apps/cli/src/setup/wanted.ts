// Which line of Spark serves which release label. Pure.
import { nearestWord } from '../terminal/nearest-word.ts';
import type { Installation, Runtime } from './installation.ts';
import type { Lock } from './lock.ts';
import { SetUpProblem } from './problem.ts';
import type { LockedRuntime } from './runtime.ts';

/** Label → line. A line is named by the label it is made for: a folder of `infra/runtimes`. */
export type Wanted = Readonly<Record<string, string>>;

/** `-latest` and a date name the same runtime as the bare label. */
export const bareLabel = (label: string): string => label.replace(/-(latest|\d{8})$/, '');

/** The default, and whatever has been added to the installation since. */
export const wantedBy = (
  installation: Pick<Installation, 'runtimes'> | undefined,
  lock: Lock,
): Wanted => ({
  ...Object.fromEntries(
    Object.entries(installation?.runtimes ?? {}).map(([label, { label: line }]) => [label, line]),
  ),
  [lock.defaultRuntime]: lock.defaultRuntime,
});

/** The lines to install, in the order of their labels, and the default's before all others. */
export const linesOf = (wanted: Wanted, lock: Lock): LockedRuntime[] => {
  const names = new Set(Object.values(wanted));
  const isDefault = ({ label }: LockedRuntime): boolean => label === lock.defaultRuntime;
  const lines = lock.runtimes.filter(({ label }) => names.has(label));
  return [...lines.filter(isDefault), ...lines.filter((line) => !isDefault(line))];
};

/**
 * What an installation holds for each label: what was installed now, and what this checkout does not know. Labels
 * without either are left out.
 */
export const runtimesFor = (
  wanted: Wanted,
  installed: readonly Runtime[],
  strange: Installation['runtimes'],
): Record<string, Runtime> =>
  Object.fromEntries(
    Object.entries(wanted).flatMap(([label, line]) => {
      const runtime = installed.find((one) => one.label === line) ?? strange[label];
      return runtime === undefined ? [] : [[label, runtime]];
    }),
  );

const described = ({ label, spark }: LockedRuntime): string => `${label} (Spark ${spark.version})`;

const lineNamed = (lock: Lock, name: string): LockedRuntime | undefined =>
  lock.runtimes.find(({ label }) => label === name);

/** How AWS writes its labels; the registry knows exactly which of them exist. */
const labelForm = /^emr-(spark-)?\d+\.\d+(\.\d+|-preview)$/;

/** What to say of a label for which there is nothing: what was meant, what there is, and how another can stand in. */
const nothingFor = (label: string, lock: Lock): SetUpProblem => {
  const all = lock.runtimes.map(described).join(', ');
  const near = nearestWord(
    label,
    lock.runtimes.map((one) => one.label),
  );
  const isLabel = labelForm.test(label);
  const meant = near === undefined || isLabel ? '' : ` Did you mean ${near}?`;
  const way = isLabel
    ? ` Another can take its place: firesteel runtime add ${label} --as ${near ?? lock.defaultRuntime}.`
    : '';
  return new SetUpProblem(`There is no runtime for ${label}.${meant} There are: ${all}.${way}`);
};

/** @throws SetUpProblem when another line cannot stand in for the label */
const requireExchangeable = (label: string, asLine: string, lock: Lock): void => {
  if (lineNamed(lock, asLine) === undefined) {
    const all = lock.runtimes.map(described).join(', ');
    throw new SetUpProblem(`${asLine} cannot take a label's place. There are: ${all}.`);
  }
  if (!labelForm.test(label)) throw new SetUpProblem(`${label} is no release label.`);
  if (label === lock.defaultRuntime && asLine !== label) {
    throw new SetUpProblem(
      `${label} is what set-up itself works with: nothing can take its place.`,
    );
  }
};

/**
 * Adds a label.
 * @param asLine the line that takes the label's place; undefined: the one made for it
 * @throws SetUpProblem that says what there is
 */
export const withLabel = (
  wanted: Wanted,
  lock: Lock,
  label: string,
  asLine: string | undefined,
): Wanted => {
  if (asLine !== undefined) requireExchangeable(label, asLine, lock);
  const line = lineNamed(lock, asLine ?? label);
  if (line === undefined) throw nothingFor(label, lock);
  return { ...wanted, [label]: line.label };
};

/** @throws SetUpProblem for a label that set-up would bring back */
export const requireRemovable = (label: string, lock: Lock): void => {
  if (label === lock.defaultRuntime) {
    throw new SetUpProblem(`${label} is what set-up itself works with: it stays.`);
  }
};
