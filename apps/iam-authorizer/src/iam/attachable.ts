/** Managed policies that may be attached, or be a boundary: the account's own, and AWS'. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Found, findByName } from '../directory.ts';
import { type AwsManagedPolicy, awsManagedPolicy, isAwsManaged } from '../policy/aws-managed.ts';
import { type ManagedPolicy, policyArn, requireManagedPolicy } from '../policy/policy.ts';
import type { Call } from './call.ts';
import { IamRefused } from './iam-refused.ts';

/** @throws IamRefused for what is no ARN, in IAM's words */
function requireArn(arn: string): void {
  if (!/^arn:([^:]*:){4}./.test(arn))
    throw new IamRefused('ValidationError', 'Invalid ARN:  Could not be parsed!');
}

/** The account's own policy of an ARN, undefined when there is none. */
export async function findPolicy(
  em: EntityManager,
  accountId: string,
  arn: string,
): Promise<Found<ManagedPolicy> | undefined> {
  const found = await findByName(em, 'policy', accountId, arn.slice(arn.lastIndexOf('/') + 1));
  return found && policyArn(found.state) === arn ? found : undefined;
}

/** @throws IamRefused when the account has no such policy, or it is no ARN */
export async function requireOwnPolicy(
  em: EntityManager,
  { caller }: Call,
  arn: string,
): Promise<Found<ManagedPolicy>> {
  requireArn(arn);
  if (isAwsManaged(arn))
    throw new IamRefused('InvalidInput', `Policy ${arn} is outside your own account.`);
  const found = await findPolicy(em, caller.accountId, arn);
  requireManagedPolicy(found?.state, arn);
  return found as Found<ManagedPolicy>;
}

/** A policy of AWS' or of the account. @throws IamRefused when it is neither */
export async function requireAnyPolicy(
  em: EntityManager,
  { caller }: Call,
  arn: string,
): Promise<{ readonly aws: AwsManagedPolicy } | { readonly own: ManagedPolicy }> {
  requireArn(arn);
  const aws = awsManagedPolicy(arn);
  if (aws) return { aws };
  return { own: requireManagedPolicy((await findPolicy(em, caller.accountId, arn))?.state, arn) };
}

/** @throws IamRefused when there is no such policy for the account */
export async function requireAttachable(
  em: EntityManager,
  accountId: string,
  arn: string,
): Promise<void> {
  requireArn(arn);
  const aws = awsManagedPolicy(arn);
  if (aws?.isAttachable === false)
    throw new IamRefused(
      'PolicyNotAttachable',
      'Cannot attach a Service Role Policy to a Customer Role.',
    );
  if (aws || (await findPolicy(em, accountId, arn))) return;
  throw new IamRefused('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`);
}
