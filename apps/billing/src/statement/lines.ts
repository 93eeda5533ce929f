/** From exact sums to a statement's lines: each rounded once, their digest, and what differs between two readings. */
import { createHash } from 'node:crypto';
import type { Meter, StatementLine } from '@firesteel/contracts/events';
import { roundedE10 } from '../rating/round-line.ts';

/** What one payer owes under one price list: exact sums of postings, by meter. */
export type PayerSum = Pick<
  StatementLine,
  'payerId' | 'applicationId' | 'jobRunId' | 'priceListId'
> & {
  readonly meters: Readonly<Record<Meter, { readonly unitMs: bigint; readonly amount: bigint }>>;
};

/** The text that a digest covers; an outside program writes the same (RATING.md). */
const digestText = ({ payerId, priceListId, meter, unitMs, amountE10 }: StatementLine): string =>
  `${[payerId, priceListId, meter, unitMs, amountE10].join('\t')}\n`;

const keyOf = ({ applicationId, payerId, priceListId, meter }: StatementLine): string =>
  [applicationId, payerId, priceListId, meter].join('\t');

const inOrder = (a: StatementLine, b: StatementLine): number =>
  Buffer.compare(Buffer.from(keyOf(a)), Buffer.from(keyOf(b)));

/** One line for every meter of which anything is billed, in an order that every process agrees on. */
export const linesOf = (sums: readonly PayerSum[]): readonly StatementLine[] =>
  sums
    .flatMap(({ meters, ...payer }) =>
      (Object.keys(meters) as Meter[]).map((meter) => {
        const { unitMs, amount } = meters[meter];
        const amountE10 = roundedE10(meter, amount);
        return { ...payer, meter, unitMs: String(unitMs), amountE10: String(amountE10) };
      }),
    )
    .filter(({ unitMs }) => unitMs !== '0')
    .toSorted(inOrder);

/** The exact sum of lines' amounts, 10⁻¹⁰ USD. */
export const totalOf = (lines: readonly Pick<StatementLine, 'amountE10'>[]): bigint =>
  lines.reduce((sum, { amountE10 }) => sum + BigInt(amountE10), 0n);

/** SHA-256 (hex) over the lines, one text each, sorted as bytes. */
export function digestOf(lines: readonly StatementLine[]): string {
  const texts = lines.map((line) => Buffer.from(digestText(line))).toSorted(Buffer.compare);
  return createHash('sha256').update(Buffer.concat(texts)).digest('hex');
}

/** What must be added to `before`'s lines to have `now`'s: the visible corrections of what was issued. */
export function correctionsOf(
  before: readonly StatementLine[],
  now: readonly StatementLine[],
): readonly StatementLine[] {
  const [old, fresh] = [before, now].map(
    (lines) => new Map(lines.map((line) => [keyOf(line), line])),
  ) as [Map<string, StatementLine>, Map<string, StatementLine>];
  const lines = new Map([...old, ...fresh]);
  const by = (map: Map<string, StatementLine>, key: string, member: 'unitMs' | 'amountE10') =>
    BigInt(map.get(key)?.[member] ?? 0);
  const change = (key: string, member: 'unitMs' | 'amountE10'): string =>
    String(by(fresh, key, member) - by(old, key, member));
  return [...lines.values()]
    .map((line) => ({
      ...line,
      unitMs: change(keyOf(line), 'unitMs'),
      amountE10: change(keyOf(line), 'amountE10'),
    }))
    .filter(({ unitMs, amountE10 }) => unitMs !== '0' || amountE10 !== '0')
    .toSorted(inOrder);
}

/** Lines added up by application: rounded amounts, so that every grouping has the same total. */
export function byApplication(lines: readonly StatementLine[]): readonly StatementLine[] {
  const groups = new Map<string, StatementLine>();
  for (const line of lines) {
    const group = { ...line, payerId: `all of ${line.applicationId}`, jobRunId: null };
    const before = groups.get(keyOf(group));
    const plus = (member: 'unitMs' | 'amountE10') =>
      String(BigInt(before?.[member] ?? 0) + BigInt(line[member]));
    groups.set(keyOf(group), { ...group, unitMs: plus('unitMs'), amountE10: plus('amountE10') });
  }
  return [...groups.values()];
}
