/** Reading a month's statements out of the postings, as they are known now or were known then. */
import type { Meter, StatementLine } from '@firesteel/contracts/events';
import { load } from '@firesteel/event-store/aggregate';
import { type EntityManager, IsolationLevel } from '@mikro-orm/postgresql';
import { attributedTags, type Payer, type PayerState } from '../payer/payer.ts';
import { payerIdOf, type Transaction } from '../posting/posting.ts';
import { loadPriceLists } from '../price-list/price-list-table.ts';
import { priceOf } from '../rating/meters.ts';
import { moneyText, priceText, quantityText } from '../rating/round-line.ts';
import { correctionsOf, digestOf, linesOf, type PayerSum, totalOf } from './lines.ts';
import { instantText } from './month.ts';
import { type Revision, statementIdOf } from './statement.ts';
import { statements } from './statement-table.ts';

/** Which postings a reading takes in. */
type Known = {
  /** Facts up to this place of the log. */
  readonly throughSeq: number;
  /** Facts that the log had taken at this moment; null: all. */
  readonly asKnownAt: string | null;
};

type SumRow = {
  readonly payer_id: string;
  readonly application_id: string;
  readonly job_run_id: string | null;
  readonly price_list_id: string;
  readonly vcpu_ms: string;
  readonly vcpu_amount: string;
  readonly memory_ms: string;
  readonly memory_amount: string;
  readonly storage_ms: string;
  readonly storage_amount: string;
};

const amounts = ['vcpu', 'memory', 'storage']
  .flatMap((name) => [`${name}_ms`, `${name}_amount`])
  .map((column) => `sum(${column}::numeric)::text as ${column}`)
  .join(', ');

const meterSums = (row: SumRow): PayerSum['meters'] => {
  const sum = (unitMs: string, amount: string) => ({
    unitMs: BigInt(unitMs),
    amount: BigInt(amount),
  });
  return {
    'vCPU-hours': sum(row.vcpu_ms, row.vcpu_amount),
    'memory GB-hours': sum(row.memory_ms, row.memory_amount),
    'storage GB-hours': sum(row.storage_ms, row.storage_amount),
  };
};

/** The lines of an account's month, as far as it is known. */
export async function readLines(
  tx: EntityManager,
  accountId: string,
  month: string,
  { throughSeq, asKnownAt }: Known,
): Promise<readonly StatementLine[]> {
  const rows = await tx.execute<SumRow[]>(
    `select payer_id, application_id, job_run_id, price_list_id, ${amounts} from posting
     where account_id = ? and month = ? and known_seq <= ? and known_at <= ?
     group by payer_id, application_id, job_run_id, price_list_id`,
    [accountId, month, throughSeq, asKnownAt === null ? '~' : instantText(asKnownAt)],
  );
  return linesOf(
    rows.map((row) => ({
      payerId: row.payer_id,
      applicationId: row.application_id,
      jobRunId: row.job_run_id,
      priceListId: row.price_list_id,
      meters: meterSums(row),
    })),
  );
}

/** How far billing has read the log. */
export async function readThroughSeq(tx: EntityManager): Promise<number> {
  const [row] = await tx.execute<{ seq: string | null }[]>(
    `select max(global_seq) as seq from cursor`,
  );
  return Number(row?.seq ?? 0);
}

/** A line as it is answered: exact integers, and the same for people. */
export type AnsweredLine = StatementLine & {
  readonly kind: 'usage' | 'correction';
  /** Hours, six places. */
  readonly quantity: string;
  /** USD an hour. */
  readonly unitPrice: string;
  /** USD, ten places. */
  readonly amount: string;
};

/** What a line's payer is called, and by which tags its cost is attributed. */
export type AnsweredPayer = Pick<Payer, 'region' | 'name' | 'tags' | 'jobLevelCostAllocation'> & {
  readonly applicationName: string | null;
};

/** A metered usage that an operator corrected; the lines have it in them. */
export type AnsweredCorrection = {
  readonly correctionId: string;
  readonly usageId: string;
  readonly payerId: string;
  /** When the log took it. */
  readonly knownAt: string;
  readonly reason: string;
  readonly by: string;
  /** Exact unit-milliseconds that it adds. */
  readonly added: readonly { readonly meter: Meter; readonly unitMs: string }[];
};

export type AnsweredStatement = {
  readonly accountId: string;
  readonly month: string;
  readonly currency: 'USD';
  readonly throughSeq: number;
  readonly asKnownAt: string | null;
  /** The revision that holds; null: it was not issued yet. `intact`: its lines still have its digest. */
  readonly issued: (Revision & { readonly intact: boolean }) | null;
  readonly lines: readonly AnsweredLine[];
  /** By operators, oldest first. */
  readonly corrections: readonly AnsweredCorrection[];
  /** The exact sum of all lines. */
  readonly total: string;
  /** Of what is known now: usage and corrections together. */
  readonly digest: string;
  readonly payers: Readonly<Record<string, AnsweredPayer>>;
};

/** What the payers of some lines are called, by their ids; one that was never told of is left out. */
export async function readPayers(
  tx: EntityManager,
  lines: readonly StatementLine[],
): Promise<Readonly<Record<string, AnsweredPayer>>> {
  const ids = lines.flatMap(({ payerId, applicationId }) => [
    payerId,
    `application-${applicationId}`,
  ]);
  const rows = await tx.execute<{ id: string; state: PayerState }[]>(
    'select id, state from payer where id = any(?::text[])',
    [`{${[...new Set(ids)].map((id) => JSON.stringify(id)).join(',')}}`],
  );
  const known = new Map(
    rows.flatMap(({ id, state }) => (state.status === 'KNOWN' ? [[id, state] as const] : [])),
  );
  const answered: Record<string, AnsweredPayer> = {};
  for (const { payerId, applicationId } of lines) {
    const payer = known.get(payerId);
    const application = known.get(`application-${applicationId}`);
    if (!payer) continue;
    const { region, name, jobLevelCostAllocation } = payer;
    const tags = attributedTags(payer, application);
    const applicationName = application?.name ?? null;
    answered[payerId] = { region, name, tags, jobLevelCostAllocation, applicationName };
  }
  return answered;
}

/** The revision that held at a moment; the last when none is named. */
async function revisionAt(
  tx: EntityManager,
  accountId: string,
  month: string,
  asKnownAt: string | null,
): Promise<Revision | undefined> {
  const { state } = await load(tx, statements, statementIdOf(accountId, month));
  const revisions = state.status === 'ISSUED' ? state.revisions : [];
  const until = asKnownAt === null ? '~' : instantText(asKnownAt);
  return revisions.findLast(({ at }) => instantText(at) <= until);
}

async function readCorrections(
  tx: EntityManager,
  accountId: string,
  month: string,
  { throughSeq, asKnownAt }: Known,
): Promise<readonly AnsweredCorrection[]> {
  const rows = await tx.execute<{ state: Transaction }[]>(
    `select state from posting
     where account_id = ? and month = ? and known_seq <= ? and known_at <= ?
       and state ->> 'corrects' is not null
     order by known_seq`,
    [accountId, month, throughSeq, asKnownAt === null ? '~' : instantText(asKnownAt)],
  );
  return rows.map(({ state }) => ({
    correctionId: state.transactionId,
    usageId: state.corrects ?? '',
    payerId: payerIdOf(state),
    knownAt: state.knownAt,
    reason: state.correction?.reason ?? '',
    by: state.correction?.by ?? '',
    added: state.postings
      .filter(({ account }) => account.startsWith('receivable:'))
      .map(({ meter, unitMs }) => ({ meter, unitMs })),
  }));
}

/** One account's statement. */
export async function readStatement(
  tx: EntityManager,
  accountId: string,
  month: string,
  known: Known,
): Promise<AnsweredStatement> {
  const now = await readLines(tx, accountId, month, known);
  const revision = await revisionAt(tx, accountId, month, known.asKnownAt);
  const issuedLines = revision
    ? await readLines(tx, accountId, month, { ...revision, asKnownAt: null })
    : now;
  const changes = correctionsOf(issuedLines, now);
  const prices = await loadPriceLists(
    tx,
    [...issuedLines, ...changes].map(({ priceListId }) => priceListId),
  );
  const answered =
    (kind: AnsweredLine['kind']) =>
    (line: StatementLine): AnsweredLine => ({
      kind,
      ...line,
      quantity: quantityText(line.meter, BigInt(line.unitMs)),
      unitPrice: priceText(priceOf(line.meter, prices(line.priceListId))),
      amount: moneyText(BigInt(line.amountE10)),
    });
  return {
    accountId,
    month,
    currency: 'USD',
    ...known,
    issued: revision ? { ...revision, intact: digestOf(issuedLines) === revision.digest } : null,
    lines: [...issuedLines.map(answered('usage')), ...changes.map(answered('correction'))],
    corrections: await readCorrections(tx, accountId, month, known),
    total: moneyText(totalOf([...issuedLines, ...changes])),
    digest: digestOf(now),
    payers: await readPayers(tx, [...issuedLines, ...changes]),
  };
}

/** The accounts that have any usage in a month. */
export async function accountsOf(tx: EntityManager, month: string): Promise<readonly string[]> {
  const rows = await tx.execute<{ account_id: string }[]>(
    'select distinct account_id from posting where month = ? order by account_id',
    [month],
  );
  return rows.map(({ account_id }) => account_id);
}

/** Runs `read` on one snapshot, so that lines, payers and revision belong together. */
export const inSnapshot = <Result>(
  em: EntityManager,
  read: (tx: EntityManager) => Promise<Result>,
): Promise<Result> =>
  em.fork().transactional(read, { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true });
