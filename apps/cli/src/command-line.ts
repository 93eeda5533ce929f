/** The commands, what they take, and what was typed. Pure: nothing here runs anything. */
import { parseArgs } from 'node:util';
import { nearestWord } from './terminal/nearest-word.ts';

type OptionText = {
  readonly type: 'boolean' | 'string';
  readonly help: string;
  /** What it takes, such as `<text>`; a boolean takes nothing. */
  readonly value?: string;
  /** The actions it belongs to; all when there are none named. */
  readonly of?: readonly string[];
};

/** One thing that a command does, and what to, such as `<zone>`; null when it takes nothing. */
type ActionText = { readonly summary: string; readonly subject: string | null };

/** A command as the help shows it. */
export type CommandText = {
  readonly summary: string;
  readonly details: string;
  readonly options: Readonly<Record<string, OptionText>>;
  /** Everything after the command belongs to the program behind it. */
  readonly passesOn: boolean;
  /** What it is asked about, such as `<application>`. */
  readonly subject: string | null;
  /** What is to be done, where the command alone does not say it. */
  readonly actions: Readonly<Record<string, ActionText>>;
};

const plain = (
  summary: string,
  details: string,
  options: CommandText['options'] = {},
): CommandText => ({
  summary,
  details,
  options,
  passesOn: false,
  subject: null,
  actions: {},
});
const passing = (summary: string, details: string): CommandText => ({
  summary,
  details,
  options: {},
  passesOn: true,
  subject: null,
  actions: {},
});

/** Every command of the command line. */
export const commands = {
  doctor: plain(
    'show what this machine offers, what that means, and what mends it',
    'Changes nothing. Exits 1 when something keeps Firesteel from running.',
  ),
  setup: plain(
    'fetch and build what jobs need: Java, Spark, Kafka',
    'Done by itself by up and demo; safe to repeat, quick when nothing is missing.',
    { 'ignore-system-java': { type: 'boolean', help: 'fetch Java even where there is one' } },
  ),
  up: plain(
    'start everything in the background and wait until it is ready',
    [
      'FIRESTEEL_PORT chooses the port (4580). DATABASE_URL, KAFKA_BROKERS and S3_ENDPOINT use yours instead of ours.',
      'ZONES=zone-a,zone-b divides the machine into zones with a worker-agent each; WORKER_VCPU and WORKER_MEMORY_MB',
      'say what one zone offers, WORKER_SCALE how much smaller than in AWS workers are.',
      'ZONE_SUBNETS="zone-a=subnet-1,subnet-2;zone-b=subnet-3" says which subnets lie where, ZONE_SILENCE_MS how long an',
      'agent may be silent before its zone is given up, ACCOUNT_VCPU_QUOTA what all workers may have at a time.',
    ].join('\n'),
  ),
  down: plain(
    'stop everything, workers included; data stay',
    'Works too when the supervisor has died: what it left is found and ended.',
  ),
  status: plain('show what runs', 'Exits 0 when everything is ready, 3 when not.', {
    json: { type: 'boolean', help: 'for programs' },
  }),
  capacity: {
    ...plain(
      'show who holds which workers, who waits for what, and what it costs',
      'Workers of the application with what each costs a second from when it is ready, by the prices that billing has published.',
      { json: { type: 'boolean', help: 'for programs' } },
    ),
    subject: '<application>',
  },
  zone: {
    ...plain(
      'show zones; take one out of use, or back into it',
      'Runs of a zone that is taken out of use are run again elsewhere, if there is another.',
      {
        reason: {
          type: 'string',
          value: '<text>',
          help: 'why, for the log',
          of: ['impair', 'restore'],
        },
        json: { type: 'boolean', help: 'for programs', of: ['list'] },
      },
    ),
    actions: {
      list: { summary: 'every zone with its state and size', subject: null },
      impair: { summary: 'it takes no more work', subject: '<zone>' },
      restore: { summary: 'it takes work again', subject: '<zone>' },
    },
  },
  runtime: {
    ...plain(
      'show, add and remove the lines of Spark that release labels run on',
      [
        'Adding fetches a line from package registries, checks digests, compiles and rehearses; it may be interrupted and',
        'run again, and needs no network for what is there. A running installation need not be restarted.',
      ].join('\n'),
      {
        as: {
          type: 'string',
          value: '<label>',
          help: 'another label, whose line takes the place of the one that is added',
          of: ['add'],
        },
        json: { type: 'boolean', help: 'for programs', of: ['list'] },
      },
    ),
    actions: {
      list: { summary: 'what is installed and what can be', subject: null },
      add: { summary: 'install what a label runs on', subject: '<label>' },
      remove: { summary: 'delete what no other label needs', subject: '<label>' },
    },
  },
  foreground: plain(
    'like up, but stay and show all logs; Ctrl-C stops everything',
    'For containers and for looking closely.',
  ),
  demo: plain(
    'start, and run two real Spark jobs on TPC-H data',
    'Makes the data once (about 150 MB), uploads them, runs a PySpark and a Scala job through the AWS API, and shows the results and the bill.',
  ),
  replay: passing(
    'rebuild every service from the log, compare, and print the digest',
    'Takes --json.',
  ),
  verify: passing('check the log: every link of its chain', 'Names the first bad sequence number.'),
  bench: passing('measure this machine', 'Needs a running installation.'),
  test: plain(
    'check and test the whole repository',
    'Lint, types, every package, then end to end. The last line is the count.',
    { 'no-e2e': { type: 'boolean', help: 'leave out the end-to-end tests' } },
  ),
} as const satisfies Record<string, CommandText>;

export type CommandName = keyof typeof commands;

const isCommand = (name: string): name is CommandName => Object.hasOwn(commands, name);

/** What was typed: a command to run, a help text to print, or a sentence about a mistake. */
export type CommandLine =
  | {
      readonly kind: 'run';
      readonly command: CommandName;
      readonly options: Readonly<Record<string, string | boolean | undefined>>;
      /** Action and subject of a command that has them; all words of one that passes them on. */
      readonly rest: readonly string[];
    }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'mistake'; readonly text: string };

/** The help of the whole command line. */
export function generalHelp(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`,
  );
  return [
    'firesteel: a self-hosted Amazon EMR Serverless',
    '',
    'usage: npm run <command>, or npm run firesteel -- <command> [options]',
    '',
    ...lines,
    '',
    'firesteel <command> --help tells more.',
  ].join('\n');
}

/** Two columns. */
function listed(entries: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
}

const withSubject = (word: string, subject: string | null): string =>
  subject === null ? word : `${word} ${subject}`;

function usageOf(name: CommandName): string {
  const { passesOn, subject, actions }: CommandText = commands[name];
  if (passesOn) return `firesteel ${name} [options]`;
  const action = Object.keys(actions).length === 0 ? '' : ' <action>';
  return withSubject(`firesteel ${name}${action}`, subject);
}

/** The help of one command. */
export function commandHelp(name: CommandName): string {
  const { summary, details, options, actions }: CommandText = commands[name];
  const optionTexts = Object.entries(options).map(([option, { value, help }]): [string, string] => [
    withSubject(`--${option}`, value ?? null),
    help,
  ]);
  const actionTexts = Object.entries(actions).map(([action, text]): [string, string] => [
    withSubject(action, text.subject),
    text.summary,
  ]);
  return [
    `${usageOf(name)}: ${summary}`,
    '',
    details,
    ...(actionTexts.length === 0 ? [] : ['', ...listed(actionTexts)]),
    ...(optionTexts.length === 0 ? [] : ['', ...listed(optionTexts)]),
  ].join('\n');
}

const asksForHelp = (word: string): boolean => word === '--help' || word === '-h';

const mistake = (command: CommandName, sentence: string): CommandLine => ({
  kind: 'mistake',
  text: `${sentence}\n\n${commandHelp(command)}`,
});

/** The sentence about a word that is none of those known. */
function unknownWord(what: string, word: string, known: readonly string[]): string {
  const near = nearestWord(word, known);
  const hint = near === undefined ? `There are: ${known.join(', ')}.` : `Did you mean \`${near}\`?`;
  return `There is no ${what} \`${word}\`. ${hint}`;
}

/** What is wrong with the words after a command, or undefined. */
function wordProblem(command: CommandName, words: readonly string[]): string | undefined {
  const { subject, actions }: CommandText = commands[command];
  const names = Object.keys(actions);
  if (names.length === 0) return subjectProblem(command, subject, words);
  const [action, ...subjects] = words;
  if (action === undefined) return `Say what to do: ${names.join(', ')}.`;
  const text = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (text === undefined) return unknownWord('action', action, names);
  return subjectProblem(`${command} ${action}`, text.subject, subjects);
}

function subjectProblem(
  what: string,
  subject: string | null,
  words: readonly string[],
): string | undefined {
  if (words.length === (subject === null ? 0 : 1)) return undefined;
  if (subject === null) return `\`${what}\` takes no ${words.join(' ')}.`;
  return words.length === 0
    ? `\`${what}\` needs to know: ${subject}.`
    : `\`${what}\` takes one ${subject} at a time.`;
}

/** An option that belongs to another action would be silently ignored. */
function optionProblem(
  command: CommandName,
  given: Readonly<Record<string, unknown>>,
  [action = '']: readonly string[],
): string | undefined {
  const { options }: CommandText = commands[command];
  const stray = Object.keys(given).find((name) => options[name]?.of?.includes(action) === false);
  return stray && `--${stray} belongs to ${options[stray]?.of?.join(', ')}, not to ${action}.`;
}

/** A mistyped option's nearest, else Node's own sentence. */
function parsingProblem(
  error: unknown,
  words: readonly string[],
  known: readonly string[],
): string {
  const strange = words
    .filter((word) => word.startsWith('--'))
    .map((word) => word.slice(2).split('=')[0] ?? '')
    .find((name) => !known.includes(name));
  const near = strange === undefined ? undefined : nearestWord(strange, known);
  if (near !== undefined) return `There is no option --${strange}. Did you mean \`--${near}\`?`;
  return error instanceof Error ? error.message : String(error);
}

function parseOptions(command: CommandName, words: readonly string[]): CommandLine {
  const { options, passesOn }: CommandText = commands[command];
  if (passesOn) return { kind: 'run', command, options: {}, rest: words };
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options,
      strict: true,
      allowPositionals: true,
    });
    const problem =
      wordProblem(command, positionals) ?? optionProblem(command, values, positionals);
    return problem === undefined
      ? { kind: 'run', command, options: values, rest: positionals }
      : mistake(command, problem);
  } catch (error) {
    return mistake(command, parsingProblem(error, words, Object.keys(options)));
  }
}

/** Understands the words after the program's name. */
export function parseCommandLine(words: readonly string[]): CommandLine {
  const [first, ...rest] = words;
  if (first === undefined || first === 'help' || asksForHelp(first)) {
    return { kind: 'help', text: generalHelp() };
  }
  if (!isCommand(first)) {
    const near = nearestWord(first, Object.keys(commands));
    const hint = near === undefined ? generalHelp() : `Did you mean \`${near}\`?`;
    return { kind: 'mistake', text: `There is no command \`${first}\`. ${hint}` };
  }
  return rest.some(asksForHelp)
    ? { kind: 'help', text: commandHelp(first) }
    : parseOptions(first, rest);
}
