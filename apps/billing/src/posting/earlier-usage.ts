/** Usage that was metered before there were postings: it gets its own, once, from billing's streams. */
import type { BillingEvent } from '@firesteel/contracts/events';
import { readStream } from '@firesteel/event-store';
import { handleIn, transact } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { loadPriceList } from '../price-list/price-list-table.ts';
import { usageTransaction } from './posting.ts';
import { postings } from './posting-table.ts';

type Usage = Extract<BillingEvent, { type: 'WorkerUsageMetered' }>['data'];

const unposted = `select id from usage u
  where not exists (select from posting p where p.payer_id = u.id) order by id collate "C" limit 200`;

async function postUsage(tx: EntityManager, payerId: string): Promise<void> {
  for (const { type, data, recordedAt, meta } of await readStream(tx, `usage-${payerId}`)) {
    if (type !== 'WorkerUsageMetered') continue;
    const usage = data as Usage;
    const prices = await loadPriceList(tx, usage.priceListId);
    // The exit's place is in the usage's own metadata; its moment was a moment before the usage's.
    const known = { knownSeq: meta.causedBy ?? 0, knownAt: new Date(recordedAt).toISOString() };
    const transaction = usageTransaction(usage, prices, known);
    const command = { type: 'PostTransaction', transaction } as const;
    await handleIn(tx, postings, usage.usageId, command, meta);
  }
}

/** Posts what is not posted, payer by payer; answers how many payers there were. */
export async function postEarlierUsage(em: EntityManager): Promise<number> {
  for (let posted = 0; ; ) {
    const rows = await em.fork().execute<{ id: string }[]>(unposted);
    if (rows.length === 0) return posted;
    for (const { id } of rows) await transact(em, (tx) => postUsage(tx, id));
    posted += rows.length;
  }
}
