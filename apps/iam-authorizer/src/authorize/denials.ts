/**
 * What was allowed by the caller's policies and then refused by who keeps the thing: the object store, of a
 * bucket that the account does not have. The trail must not say that it was allowed and no more.
 */
import { factsOf } from '../access/facts.ts';
import type { AuthorizeOptions } from './authorize.ts';

/** A request that was refused after it was authorised; the caller is whom its authorization named. */
export type Denial = {
  readonly requestId: string;
  readonly service: string;
  readonly sourceIp: string;
  readonly accountId: string;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly reason: string;
};

/** Answers once the fact is durable: a denial of the same request, beside the decision before it. */
export async function recordDenial(
  { accountId, principal, reason, ...asked }: Denial,
  { record, now }: Pick<AuthorizeOptions, 'record' | 'now'>,
): Promise<void> {
  const fact = factsOf(asked, now())(asked, null, { allowed: false, decidedBy: reason });
  await record({ ...fact, accountId, principal });
}
