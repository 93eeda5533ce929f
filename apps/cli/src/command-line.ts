/** Understands what was typed. Pure: nothing here runs anything. */
import { parseArgs } from 'node:util';
import { commandHelp, generalHelp } from './command-help.ts';
import { type CommandName, type CommandText, commands } from './command-texts.ts';
import { nearestWord } from './terminal/nearest-word.ts';

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
  const { subject, actions, usualAction }: CommandText = commands[command];
  const names = Object.keys(actions);
  if (names.length === 0) return subjectProblem(command, subject, words);
  const [action = usualAction, ...subjects] = words;
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
  words: readonly string[],
): string | undefined {
  const { options, usualAction = '' }: CommandText = commands[command];
  const [action = usualAction] = words;
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
