/** An operator's word about a metered usage, found by its id. */
import type { BillingEvent } from '@firesteel/contracts/events';
import { Refused } from '@firesteel/decider/refused';
import { readStream } from '@firesteel/event-store';
import { handleIn, load, transact } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { payerIdOf } from '../posting/posting.ts';
import { postings } from '../posting/posting-table.ts';
import type { CorrectUsage, UsageEvent } from './usage.ts';
import { usages } from './usage-table.ts';

type Found = Pick<CorrectUsage, 'metering' | 'earlier'> & { readonly payerId: string };

/** @throws Refused when nothing was metered under that id */
async function findUsage(tx: EntityManager, usageId: string): Promise<Found> {
  const { state } = await load(tx, postings, usageId);
  const payerId = state.status === 'POSTED' && state.corrects === null ? payerIdOf(state) : null;
  const stored = payerId === null ? [] : await readStream(tx, `usage-${payerId}`);
  const events = stored as unknown as readonly UsageEvent[];
  const of = events.filter(({ data }) => data.usageId === usageId);
  const [metering] = of.flatMap((event) => (event.type === 'WorkerUsageMetered' ? event.data : []));
  if (payerId === null || metering === undefined)
    throw new Refused('NotFound', `There is no usage ${usageId}`);
  const earlier = of.flatMap((event) => (event.type === 'UsageCorrected' ? event.data : []));
  return { payerId, metering, earlier };
}

type Corrected = Extract<BillingEvent, { type: 'UsageCorrected' }>['data'];

/**
 * States a correction; it is posted once it has its place in the log.
 * @throws Refused when there is no such usage, or it is of so many seconds already
 */
export const correctUsage = (
  em: EntityManager,
  {
    usageId,
    ...said
  }: { readonly usageId: string } & Pick<CorrectUsage, 'seconds' | 'reason' | 'by'>,
  at: string,
): Promise<Corrected> =>
  transact(em, async (tx) => {
    const { payerId, ...found } = await findUsage(tx, usageId);
    const command = { type: 'CorrectUsage', ...found, ...said, at } as const;
    const { events } = await handleIn(tx, usages, payerId, command);
    return events[0]?.data as Corrected;
  });
