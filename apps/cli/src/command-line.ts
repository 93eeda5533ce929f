/** The commands, what they take, and what was typed. Pure: nothing here runs anything. */
import { parseArgs } from 'node:util';
import { nearestWord } from './terminal/nearest-word.ts';

type OptionText = { readonly type: 'boolean' | 'string'; readonly help: string };

/** A command as the help shows it. */
export type CommandText = {
  readonly summary: string;
  readonly details: string;
  readonly options: Readonly<Record<string, OptionText>>;
  /** Everything after the command belongs to the program behind it. */
  readonly passesOn: boolean;
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
});
const passing = (summary: string, details: string): CommandText => ({
  summary,
  details,
  options: {},
  passesOn: true,
});

/** Every command of the command line. */
export const commands = {
  setup: plain(
    'fetch and build what jobs need: Java, Spark, Kafka',
    'Done by itself by up and demo; safe to repeat, quick when nothing is missing.',
    { 'ignore-system-java': { type: 'boolean', help: 'fetch Java even where there is one' } },
  ),
  up: plain(
    'start everything in the background and wait until it is ready',
    'FIRESTEEL_PORT chooses the port (4580). DATABASE_URL, KAFKA_BROKERS and S3_ENDPOINT use yours instead of ours.',
  ),
  down: plain(
    'stop everything, workers included; data stay',
    'Works too when the supervisor has died: what it left is found and ended.',
  ),
  status: plain('show what runs', 'Exits 0 when everything is ready, 3 when not.', {
    json: { type: 'boolean', help: 'for programs' },
  }),
  foreground: plain(
    'like up, but stay and show all logs; Ctrl-C stops everything',
    'For containers and for looking closely.',
  ),
  demo: plain(
    'start, and run two real Spark jobs on TPC-H data',
    'Makes the data once (about 150 MB), uploads them, runs a PySpark and a Scala job through the AWS API, and shows the results and the bill.',
  ),
  replay: passing(
    'rebuild a service from the log and print its digest',
    'Takes --service <name> and --until <sequence number or time>.',
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

/** The help of one command. */
export function commandHelp(name: CommandName): string {
  const { summary, details, options, passesOn }: CommandText = commands[name];
  const usage = Object.entries(options).map(([option, { help }]) => `  --${option}  ${help}`);
  return [
    `firesteel ${name}${passesOn ? ' [options]' : ''}: ${summary}`,
    '',
    details,
    ...(usage.length === 0 ? [] : ['', ...usage]),
  ].join('\n');
}

const asksForHelp = (word: string): boolean => word === '--help' || word === '-h';

function parseOptions(command: CommandName, words: readonly string[]): CommandLine {
  const { options, passesOn }: CommandText = commands[command];
  if (passesOn) return { kind: 'run', command, options: {}, rest: words };
  try {
    const parsed = parseArgs({ args: [...words], options, strict: true });
    return { kind: 'run', command, options: parsed.values, rest: [] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'mistake', text: `${reason}\n\n${commandHelp(command)}` };
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
