/** What a bucket's owner says of it: the one resource-based policy that a bucket may have (PutBucketPolicy, Amazon S3 API reference). */
import type { BucketPolicyEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { Refused } from '@firesteel/decider/refused';
import { requireBucketPolicy } from '@firesteel/iam-policy/bucket-policy';
import { MalformedPolicy } from '@firesteel/iam-policy/malformed-policy';

export type BucketPolicy = {
  readonly exists: true;
  readonly bucket: string;
  /** The bucket's owner. */
  readonly accountId: string;
  /** As it was put, byte for byte. */
  readonly document: string;
};

export type BucketPolicyState = { readonly exists: false } | BucketPolicy;

export type BucketPolicyCommand =
  | {
      readonly type: 'PutBucketPolicy';
      readonly bucket: string;
      readonly accountId: string;
      readonly document: string;
      readonly at: string;
    }
  | { readonly type: 'DeleteBucketPolicy'; readonly at: string };

/** A document that S3 would not take; `code` is S3's, `message` what the caller reads. */
export class BucketPolicyRefused extends Refused {
  readonly code: string;

  constructor({ code, message }: MalformedPolicy) {
    super('Invalid', message);
    this.code = code;
  }
}

/** @throws BucketPolicyRefused */
function requirePolicy(document: string, bucket: string): void {
  try {
    requireBucketPolicy(document, bucket);
  } catch (error) {
    throw error instanceof MalformedPolicy ? new BucketPolicyRefused(error) : error;
  }
}

function put(
  { type: _, ...said }: Extract<BucketPolicyCommand, { type: 'PutBucketPolicy' }>,
  state: BucketPolicyState,
): readonly BucketPolicyEvent[] {
  const { bucket, accountId, document } = said;
  requirePolicy(document, bucket);
  if (state.exists && state.accountId === accountId && state.document === document) return [];
  return [{ type: 'BucketPolicyPut', data: said }];
}

export const bucketPolicy: Decider<BucketPolicyState, BucketPolicyCommand, BucketPolicyEvent> = {
  initial: { exists: false },
  decide: (command, state) => {
    if (command.type === 'PutBucketPolicy') return put(command, state);
    return state.exists ? [{ type: 'BucketPolicyDeleted', data: { at: command.at } }] : [];
  },
  evolve: (_state, event) => {
    if (event.type === 'BucketPolicyDeleted') return { exists: false };
    const { at: _at, ...said } = event.data;
    return { exists: true, ...said };
  },
};
