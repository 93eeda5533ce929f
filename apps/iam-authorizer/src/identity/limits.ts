/** How much there may be of something, and what has to go before something else, in IAM's words. */
import { IamRefused } from '../iam/iam-refused.ts';

/** @throws IamRefused when another one would be more than the quota allows */
export function requireQuota(name: string, limit: number, count: number): void {
  if (count >= limit)
    throw new IamRefused('LimitExceeded', `Cannot exceed quota for ${name}: ${limit}`);
}

/**
 * @param first what has to be done before: `detach all policies`
 * @throws IamRefused while there is something that keeps an entity from going
 */
export function requireNothingLeft(isLeft: boolean, first: string): void {
  if (isLeft) throw new IamRefused('DeleteConflict', `Cannot delete entity, must ${first} first.`);
}
