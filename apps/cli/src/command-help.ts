/** Help texts, made from the table of commands. */
import { type CommandName, type CommandText, commands } from './command-texts.ts';

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
  if (passesOn) return `${withSubject(`firesteel ${name}`, subject)} [options]`;
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
