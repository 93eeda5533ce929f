/** What `npm run bench -- …` may be asked. */

/** Where the job's jar comes from in the runs through Firesteel. */
export type JarPlace = 'local' | 's3';

/** A request that can be carried out. `pollMs` is how often a run's state is asked for. */
export type BenchRequest = {
  readonly runs: number;
  readonly json: boolean;
  readonly jar: JarPlace;
  readonly pollMs: number;
  /** Spark properties added to the two baselines, as `name=value`. */
  readonly baselineConf: readonly string[];
  /** Spark properties added to the runs through Firesteel, as `name=value`. */
  readonly coldConf: readonly string[];
};

/** Fewer runs say too little on a machine that does other things too. */
export const defaultRuns = 10;
const mostRuns = 1000;

export const usage = `npm run bench [-- start [--runs N] [--json] [--jar local|s3] [--poll-ms N] [--baseline-conf name=value]... [--cold-conf name=value]...]

  start            how long a job takes from the call to the end: through Firesteel, with plain
                   spark-submit, and on a stand-alone Spark cluster, in turn on this machine
  --runs N         measured rounds after one round to warm up; ${defaultRuns} when not given
  --json           one JSON document on standard output instead of the tables
  --jar s3         Firesteel's runs fetch the jar from S3, as most jobs do; the baselines read a file
  --poll-ms N      how often the state of a run is asked for; 50 when not given
  --baseline-conf  a Spark property for the two baselines, for example spark.ui.enabled=false
  --cold-conf      a Spark property for the runs through Firesteel, without blanks in it

npm run bench -- iam [--seconds N] [--rate N] [--rounds N] [--differential [N]] [--json]

  iam               how many decisions a second the policy engine takes, beside iam-simulate where the
                    registry can be reached, and what authorization adds to a call
  --seconds N       how long each is measured; 5 when not given
  --rate N          calls a second to the authorizer; 50, 100 and 200 in turn when not given
  --rounds N        how often each rate is measured; the best of 3 when not given
  --differential N  instead, N random requests with random policies through both engines; 10,000 when no number is given`;

/** @throws Error with one sentence for what is no number from `least` to `most` */
export const wholeNumber = (
  name: string,
  text: string | undefined,
  least: number,
  most = mostRuns * 10,
): number => {
  const value = /^\d{1,7}$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new Error(`${name} needs a whole number of at least ${least}.`);
  return value;
};

const property = (name: string, text: string | undefined): string => {
  if (!/^spark\.[\w.-]+=\S*$/.test(text ?? ''))
    throw new Error(`${name} needs a Spark property as name=value, without blanks.`);
  return text ?? '';
};

const jarPlace = (text: string | undefined): JarPlace => {
  if (text !== 'local' && text !== 's3') throw new Error('--jar is local or s3.');
  return text;
};

type Change = (request: BenchRequest, value: string | undefined) => BenchRequest;

const withValue: Readonly<Record<string, Change>> = {
  '--runs': (request, value) => ({ ...request, runs: wholeNumber('--runs', value, 1) }),
  '--poll-ms': (request, value) => ({ ...request, pollMs: wholeNumber('--poll-ms', value, 10) }),
  '--jar': (request, value) => ({ ...request, jar: jarPlace(value) }),
  '--baseline-conf': (request, value) => ({
    ...request,
    baselineConf: [...request.baselineConf, property('--baseline-conf', value)],
  }),
  '--cold-conf': (request, value) => ({
    ...request,
    coldConf: [...request.coldConf, property('--cold-conf', value)],
  }),
};

export const splitWords = (words: readonly string[]): string[] =>
  words.flatMap((word) => {
    const at = word.indexOf('=');
    return word.startsWith('--') && at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word];
  });

/** Whether they ask what may be asked. */
export const asksForHelp = (words: readonly string[]): boolean =>
  words.some((word) => word === '--help' || word === '-h' || word === 'help');

/**
 * Reads the words after `bench`; no words mean `start`.
 * @throws Error with one sentence for the user
 */
export function readCommandLine(words: readonly string[]): BenchRequest {
  const [first, ...others] = words;
  const named = first !== undefined && !first.startsWith('-');
  if (named && first !== 'start')
    throw new Error(`There is no benchmark ${first}: there are \`start\`, \`scale\` and \`iam\`.`);
  const rest = splitWords(named ? others : words);
  let request: BenchRequest = {
    runs: defaultRuns,
    json: false,
    jar: 'local',
    pollMs: 50,
    baselineConf: [],
    coldConf: [],
  };
  for (let at = 0; at < rest.length; at += 1) {
    const name = rest[at] ?? '';
    const change = withValue[name];
    if (change !== undefined) {
      at += 1;
      request = change(request, rest[at]);
    } else if (name === '--json') request = { ...request, json: true };
    else throw new Error(`The word ${name} is not known; try --help.`);
  }
  return request;
}
