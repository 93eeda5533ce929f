/** A statement's lines added up for a purpose: rounded amounts, so that every grouping has the same total. */
import type { Statement, StatementLine } from '../operator/statements.ts';

/** By what lines are added up: `tag:<key>` by the value of a tag. */
export type Grouping = 'run' | 'application' | `tag:${string}`;

/** @throws Error with one sentence for what groups nothing */
export function groupingOf(text: string): Grouping {
  if (text === 'run' || text === 'application') return text;
  if (/^tag:./.test(text)) return text as Grouping;
  throw new Error(`--by takes application, run or tag:KEY; ${text} is none.`);
}

/** Some lines of one account, kind, group, price list and meter. */
export type GroupedLine = Pick<StatementLine, 'kind' | 'meter' | 'priceListId' | 'unitPrice'> & {
  readonly accountId: string;
  readonly group: string;
  readonly unitMs: bigint;
  readonly amountE10: bigint;
};

/** What pays without a tag is shown as this. */
const untagged = '(none)';

function groupOf(by: Grouping, { payers }: Statement, line: StatementLine): string {
  if (by === 'application') return line.applicationId;
  if (by === 'run') return line.jobRunId ?? `${line.applicationId} (pool)`;
  return payers[line.payerId]?.tags[by.slice('tag:'.length)] ?? untagged;
}

/** Lines of statements, added up; in the order in which groups come first. */
export function groupedLines(statements: readonly Statement[], by: Grouping): GroupedLine[] {
  const groups = new Map<string, GroupedLine>();
  for (const statement of statements)
    for (const line of statement.lines) {
      const { kind, meter, priceListId, unitPrice } = line;
      const named = { accountId: statement.accountId, group: groupOf(by, statement, line) };
      const key = JSON.stringify([named, kind, priceListId, meter]);
      const before = groups.get(key);
      groups.set(key, {
        ...named,
        kind,
        meter,
        priceListId,
        unitPrice,
        unitMs: (before?.unitMs ?? 0n) + BigInt(line.unitMs),
        amountE10: (before?.amountE10 ?? 0n) + BigInt(line.amountE10),
      });
    }
  return [...groups.values()];
}

/** The exact sum of lines. */
export const totalE10 = (lines: readonly { readonly amountE10: bigint | string }[]): bigint =>
  lines.reduce((sum, { amountE10 }) => sum + BigInt(amountE10), 0n);
