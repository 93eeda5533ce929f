/** Statements as text: a table for people, JSON, CSV, and a FOCUS dataset. */
import type { Statement, StatementAnswer, UsageCorrection } from '../operator/statements.ts';
import { type Column, tableLines } from '../terminal/table.ts';
import { hoursText, moneyText } from './amounts.ts';
import { csvLines } from './csv.ts';
import { focusColumns, focusRows } from './focus.ts';
import { type GroupedLine, type Grouping, groupedLines, totalE10 } from './grouping.ts';

export type StatementFormat = 'table' | 'json' | 'csv' | 'focus';

const formats: readonly StatementFormat[] = ['table', 'json', 'csv', 'focus'];

/** @throws Error with one sentence for a format that there is not */
export function formatOf(text: string): StatementFormat {
  const format = formats.find((name) => name === text);
  if (format) return format;
  throw new Error(`--format takes ${formats.join(', ')}; ${text} is none.`);
}

const statusOf = ({ accountId, month, issued }: Statement): string => {
  if (issued === null) return `${accountId} ${month}: not issued`;
  const broken = issued.intact ? '' : ', and its postings are no longer what was issued';
  return `${accountId} ${month}: revision ${issued.revision}, issued ${issued.at}${broken}`;
};

/** What operators corrected in a statement, a line each; the amounts above have it in them. */
const correctionLine = ({ accountId }: Statement, correction: UsageCorrection): string => {
  const { payerId, usageId, knownAt, by, reason, added } = correction;
  const hours = added.map(({ meter, unitMs }) => `${hoursText(meter, BigInt(unitMs), 6)} ${meter}`);
  return `${accountId} ${payerId}: corrected ${knownAt} by ${by}: ${hours.join(', ')} (${reason}; usage ${usageId})`;
};

const cells = (line: GroupedLine): string[] => [
  line.accountId,
  line.kind === 'correction' ? `${line.group} (correction)` : line.group,
  line.meter,
  hoursText(line.meter, line.unitMs, 6),
  line.unitPrice,
  moneyText(line.amountE10),
];

const columns = (by: Grouping, currency: string): Column[] => [
  { title: 'ACCOUNT', align: 'left' },
  { title: by.startsWith('tag:') ? by : by.toUpperCase(), align: 'left' },
  { title: 'METER', align: 'left' },
  { title: 'QUANTITY', align: 'right' },
  { title: `${currency} EACH`, align: 'right' },
  { title: currency, align: 'right' },
];

function tableText({ statements }: StatementAnswer, by: Grouping): string[] {
  const lines = groupedLines(statements, by);
  const total = moneyText(totalE10(lines));
  return [
    ...statements.map(statusOf),
    ...tableLines(columns(by, 'USD'), [...lines.map(cells), ['total', '', '', '', '', total]]),
    ...statements.flatMap((statement) =>
      statement.corrections.map((correction) => correctionLine(statement, correction)),
    ),
  ];
}

const csvText = ({ statements }: StatementAnswer, by: Grouping): string[] =>
  csvLines(
    [
      'account',
      'kind',
      'group',
      'price_list',
      'meter',
      'quantity_hours',
      'unit_price_usd',
      'amount_usd',
    ],
    groupedLines(statements, by).map((line) => [
      line.accountId,
      line.kind,
      line.group,
      line.priceListId,
      line.meter,
      hoursText(line.meter, line.unitMs, 6),
      line.unitPrice,
      moneyText(line.amountE10),
    ]),
  );

/** The lines to print. JSON is what billing answered, FOCUS has a row for every line; both know no grouping. */
export function statementText(
  answer: StatementAnswer,
  format: StatementFormat,
  by: Grouping,
): string[] {
  switch (format) {
    case 'table':
      return tableText(answer, by);
    case 'json':
      return [JSON.stringify(answer, null, 2)];
    case 'csv':
      return csvText(answer, by);
    case 'focus':
      return csvLines(focusColumns, focusRows(answer.statements));
  }
}
