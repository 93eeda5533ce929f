/** The managed policy that limits what a user or role may be given (IAM user guide, access_policies_boundaries). */
import type { Fact } from '@firesteel/contracts/events';

export type BoundaryCommand = {
  readonly type: 'SetBoundary';
  /** Null takes it away. */
  readonly policyArn: string | null;
  readonly at: string;
};

export type BoundaryChange = Fact<
  'BoundarySet',
  { readonly policyArn: string | null; readonly at: string }
>;

export const decideBoundary = (
  { policyArn, at }: BoundaryCommand,
  boundary: string | null,
): readonly BoundaryChange[] =>
  policyArn === boundary ? [] : [{ type: 'BoundarySet', data: { policyArn, at } }];
