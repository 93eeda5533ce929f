/** `sparkSubmitParameters`, taken apart as a shell would and sorted as spark-submit would. */
import { shellWords } from '@firesteel/contracts/shell-words';
import { Refused } from '@firesteel/decider/refused';

/** Properties set by flags and `--conf`, and what is left for spark-submit itself. */
export type SubmitParameters = {
  readonly properties: Readonly<Record<string, string>>;
  readonly arguments: readonly string[];
};

/** Flags that are properties under another name; a flag wins over `--conf` of the same property. */
const propertyOfFlag: Readonly<Record<string, string>> = {
  '--driver-memory': 'spark.driver.memory',
  '--driver-cores': 'spark.driver.cores',
  '--executor-memory': 'spark.executor.memory',
  '--executor-cores': 'spark.executor.cores',
  '--num-executors': 'spark.executor.instances',
  '--driver-java-options': 'spark.driver.extraJavaOptions',
  '--driver-class-path': 'spark.driver.extraClassPath',
  '--driver-library-path': 'spark.driver.extraLibraryPath',
  '--name': 'spark.app.name',
};

/** Flags with a value that spark-submit gets as they are. */
const passedOn = new Set([
  '--class',
  '--jars',
  '--packages',
  '--exclude-packages',
  '--repositories',
  '--py-files',
  '--files',
  '--archives',
  '--properties-file',
  '--proxy-user',
  '--principal',
  '--keytab',
  '--queue',
]);

/** Flags with a value that the service decides itself; the user's is left out. */
const ownBusiness = new Set(['--master', '--deploy-mode', '--total-executor-cores']);

const switches = new Set(['--verbose', '-v']);

/**
 * Words as a shell separates them.
 * @param name what the text is called where it came from
 * @throws Refused for an unbalanced quote, naming the text
 */
export function wordsOf(text: string, name: string): string[] {
  try {
    return shellWords(text, name);
  } catch (error) {
    throw new Refused('Invalid', error instanceof Error ? error.message : String(error));
  }
}

type Option = { readonly flag: string; readonly value: string };

/** Reads `--flag value`, `--flag=value` and switches. */
function* options(words: readonly string[]): Generator<Option> {
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (switches.has(word)) {
      yield { flag: word, value: '' };
      continue;
    }
    const [, flag = word, inline] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
    const value = inline ?? rest.shift();
    if (value === undefined) throw new Refused('Invalid', `Missing argument for option '${flag}'.`);
    yield { flag, value };
  }
}

function assignmentOf(value: string): [string, string] {
  const at = value.indexOf('=');
  if (at <= 0) throw new Refused('Invalid', `Spark config without '=': ${value}`);
  return [value.slice(0, at), value.slice(at + 1)];
}

/**
 * @throws Refused for anything spark-submit would not understand either
 */
export function parseParameters(text: string): SubmitParameters {
  const conf: Record<string, string> = {};
  const flags: Record<string, string> = {};
  const passed: string[] = [];
  for (const { flag, value } of options(wordsOf(text, 'sparkSubmitParameters'))) {
    const property = propertyOfFlag[flag];
    if (flag === '--conf' || flag === '-c') {
      const [key, set] = assignmentOf(value);
      conf[key] = set;
    } else if (property) flags[property] = value;
    else if (switches.has(flag)) passed.push(flag);
    else if (passedOn.has(flag)) passed.push(flag, value);
    else if (!ownBusiness.has(flag)) throw new Refused('Invalid', `Unrecognized option: ${flag}`);
  }
  return { properties: { ...conf, ...flags }, arguments: passed };
}
