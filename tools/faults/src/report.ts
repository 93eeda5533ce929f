/** FAULTS.md: what was done, what must hold, what came of it. */
import type { Fault, Outcome } from './fault.ts';

/** One fault's row. */
export type Row = {
  readonly fault: Fault;
  readonly outcome: Outcome;
  readonly seconds: number;
  readonly seed: number;
  /** The machine's load average over it: what else ran there shows in every time. */
  readonly load: number;
  /** ISO 8601, the day. */
  readonly date: string;
};

const head = `| # | fault | what is done | pass figure | measured | passed | length | date |
| --- | --- | --- | --- | --- | --- | --- | --- |`;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const rowLine = ({ fault, outcome, seconds, seed, load, date }: Row): string => {
  const passed = outcome.problems.length === 0 ? 'yes' : `**no**: ${outcome.problems[0]}`;
  const { number, name, does, passes } = fault;
  return `| ${[number, `\`${name}\``, does, passes, outcome.measured, passed, `${seconds} s, seed ${seed}, load ${load}`, date].map(cell).join(' | ')} |`;
};

const notYet = 'not measured here yet';

const unmeasured = ({ number, name, does, passes }: Fault): string =>
  `| ${[number, `\`${name}\``, does, passes, notYet, '', '', ''].map(cell).join(' | ')} |`;

/** The rows of a table that was written before, by the fault's number. */
export const rowsIn = (text: string): Map<string, string> =>
  new Map(
    text
      .split('\n')
      .filter((line) => !line.includes(notYet))
      .map((line): [string | undefined, string] => [/^\| (\d+\w*) \|/.exec(line)?.[1], line])
      .filter((entry): entry is [string, string] => entry[0] !== undefined),
  );

/** The page anew: rows just measured in the place of older ones, the others as they were. */
export function pageWith(
  before: string,
  rows: readonly Row[],
  all: readonly Fault[],
  machine: string,
): string {
  const lines = rowsIn(before);
  for (const row of rows) lines.set(row.fault.number, rowLine(row));
  const table = all.map((fault) => lines.get(fault.number) ?? unmeasured(fault));
  const methods = all.map(({ number, method }) => `- **${number}** ${method}`);
  return `# Faults

What was done to a real installation (real PostgreSQL, Kafka, Spark and processes), and what came of it. Every row is one command:
\`npm run faults -- <number>\`; \`npm run faults -- all --write\` writes this page. The lengths are those of the run shown here, mostly shorter
than the figure asks for; \`--seconds\` makes them longer. "load" is the machine's load average at the end: where it is far above the processors, other programs had
the machine too, and every time is that of a starved one. Machine: ${machine}.

${head}
${table.join('\n')}

## How each is done, and what stands in for what

${methods.join('\n')}
`;
}
