/** Where transactions are kept: a row each, with what its payer owes by meter, so that a month is summed by SQL. */
import type { PostingEvent } from '@firesteel/contracts/events';
import type { Aggregate, ColumnValue } from '@firesteel/event-store/aggregate';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { instantText } from '../statement/month.ts';
import {
  type PostingCommand,
  type PostingState,
  payerIdOf,
  posting,
  sumOf,
  type Transaction,
} from './posting.ts';

const text = (name: string) => p.text().fieldName(name);

export const PostingRow = defineEntity({
  name: 'PostingRow',
  tableName: 'posting',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<PostingState>(),
    accountId: text('account_id'),
    applicationId: text('application_id'),
    jobRunId: text('job_run_id').nullable(),
    payerId: text('payer_id'),
    priceListId: text('price_list_id'),
    month: text('month'),
    knownSeq: p.bigint().fieldName('known_seq'),
    knownAt: text('known_at'),
    // Integers of any size, so text: no reader takes them for floating point.
    vcpuMs: text('vcpu_ms'),
    vcpuAmount: text('vcpu_amount'),
    memoryMs: text('memory_ms'),
    memoryAmount: text('memory_amount'),
    storageMs: text('storage_ms'),
    storageAmount: text('storage_amount'),
  },
});

function owed({ postings }: Transaction): Readonly<Record<string, string>> {
  const of = (meter: Parameters<typeof sumOf>[1]) => sumOf(postings, meter, 'receivable:');
  const [vcpu, memory, storage] = [of('vCPU-hours'), of('memory GB-hours'), of('storage GB-hours')];
  return {
    vcpu_ms: String(vcpu.unitMs),
    vcpu_amount: String(vcpu.amount),
    memory_ms: String(memory.unitMs),
    memory_amount: String(memory.amount),
    storage_ms: String(storage.unitMs),
    storage_amount: String(storage.amount),
  };
}

/** A transaction by which it is found, and what it says of nobody when there is none. */
const nothing: Transaction = {
  transactionId: '',
  corrects: null,
  accountId: '',
  applicationId: '',
  jobRunId: null,
  priceListId: '',
  usageAt: '1970-01-01T00:00:00Z',
  knownSeq: 0,
  knownAt: '1970-01-01T00:00:00Z',
  postings: [],
};

function columns(state: PostingState): Readonly<Record<string, ColumnValue>> {
  const transaction = state.status === 'ABSENT' ? nothing : state;
  const { accountId, applicationId, jobRunId, priceListId } = transaction;
  return {
    account_id: accountId,
    application_id: applicationId,
    job_run_id: jobRunId,
    payer_id: payerIdOf(transaction),
    price_list_id: priceListId,
    month: transaction.usageAt.slice(0, 'yyyy-mm'.length),
    known_seq: transaction.knownSeq,
    known_at: instantText(transaction.knownAt),
    ...owed(transaction),
  };
}

export const postings: Aggregate<PostingState, PostingCommand, PostingEvent> = {
  category: 'posting',
  decider: posting,
  entity: PostingRow,
  columns,
};
