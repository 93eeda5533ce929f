/** The policies that a user, a group or a role carries: its own, and managed ones that are attached to it. */
import type { Fact } from '@firesteel/contracts/events';
import type { PolicyKind } from '@firesteel/iam-policy/policy-kind';
import { IamRefused } from '../iam/iam-refused.ts';
import { requirePolicy, requireRoom } from '../policy/document.ts';
import { requireNothingLeft, requireQuota } from './limits.ts';

export type CarriedPolicies = {
  /** Documents of inline policies by name. */
  readonly policies: Readonly<Record<string, string>>;
  /** ARNs of managed policies, in the order they were attached. */
  readonly attached: readonly string[];
};

export const noPolicies: CarriedPolicies = { policies: {}, attached: [] };

/** Whoever attaches has seen that the policy exists. */
export type PolicyCommand =
  | {
      readonly type: 'PutPolicy';
      readonly policyName: string;
      readonly policyDocument: string;
      readonly at: string;
    }
  | { readonly type: 'DeletePolicy'; readonly policyName: string; readonly at: string }
  | { readonly type: 'AttachPolicy'; readonly policyArn: string; readonly at: string }
  | { readonly type: 'DetachPolicy'; readonly policyArn: string; readonly at: string };

export type PolicyChange =
  | Fact<
      'PolicyPut',
      { readonly policyName: string; readonly policyDocument: string; readonly at: string }
    >
  | Fact<'PolicyDeleted', { readonly policyName: string; readonly at: string }>
  | Fact<'PolicyAttached', { readonly policyArn: string; readonly at: string }>
  | Fact<'PolicyDetached', { readonly policyArn: string; readonly at: string }>;

/** Who carries them. */
export type Holder = { readonly kind: 'user' | 'group' | 'role'; readonly name: string };

const documentKind: Readonly<Record<Holder['kind'], PolicyKind>> = {
  user: 'userInline',
  group: 'groupInline',
  role: 'roleInline',
};

const attachmentQuota: Readonly<Record<Holder['kind'], string>> = {
  user: 'PoliciesPerUser',
  group: 'PoliciesPerGroup',
  role: 'PoliciesPerRole',
};

/** Managed policies that may be attached to one identity (IAM user guide, reference_iam-quotas). */
const mostAttached = 10;

/** The document of an inline policy, undefined when there is none of the name. */
export const inlinePolicy = (
  { policies }: CarriedPolicies,
  policyName: string,
): string | undefined =>
  // Names such as `constructor` are good policy names.
  Object.hasOwn(policies, policyName) ? policies[policyName] : undefined;

/** @throws IamRefused when the holder carries no policy of that name */
export function requireInlinePolicy(
  carried: CarriedPolicies,
  { kind }: Holder,
  policyName: string,
): string {
  const document = inlinePolicy(carried, policyName);
  if (document === undefined)
    throw new IamRefused(
      'NoSuchEntity',
      `The ${kind} policy with name ${policyName} cannot be found.`,
    );
  return document;
}

function put(
  { kind, name }: Holder,
  carried: CarriedPolicies,
  data: Extract<PolicyChange, { type: 'PolicyPut' }>['data'],
): readonly PolicyChange[] {
  const { policyName, policyDocument } = data;
  if (inlinePolicy(carried, policyName) === policyDocument) return [];
  const documents = { ...carried.policies, [policyName]: policyDocument };
  requireRoom(documentKind[kind], Object.values(documents), name);
  requirePolicy(policyDocument, documentKind[kind]);
  return [{ type: 'PolicyPut', data }];
}

function attach(
  { kind }: Holder,
  { attached }: CarriedPolicies,
  data: Extract<PolicyChange, { type: 'PolicyAttached' }>['data'],
): readonly PolicyChange[] {
  if (attached.includes(data.policyArn)) return [];
  requireQuota(attachmentQuota[kind], mostAttached, attached.length);
  return [{ type: 'PolicyAttached', data }];
}

/** @throws IamRefused when the policy is none, too much, or not there to be removed */
export function decidePolicies(
  holder: Holder,
  command: PolicyCommand,
  carried: CarriedPolicies,
): readonly PolicyChange[] {
  switch (command.type) {
    case 'PutPolicy': {
      const { policyName, policyDocument, at } = command;
      return put(holder, carried, { policyName, policyDocument, at });
    }
    case 'DeletePolicy': {
      const { policyName, at } = command;
      requireInlinePolicy(carried, holder, policyName);
      return [{ type: 'PolicyDeleted', data: { policyName, at } }];
    }
    case 'AttachPolicy': {
      const { policyArn, at } = command;
      return attach(holder, carried, { policyArn, at });
    }
    case 'DetachPolicy': {
      const { policyArn, at } = command;
      if (!carried.attached.includes(policyArn))
        throw new IamRefused('NoSuchEntity', `Policy ${policyArn} was not found.`);
      return [{ type: 'PolicyDetached', data: { policyArn, at } }];
    }
  }
}

export function evolvePolicies(
  { policies, attached }: CarriedPolicies,
  { type, data }: PolicyChange,
): CarriedPolicies {
  switch (type) {
    case 'PolicyPut':
      return { policies: { ...policies, [data.policyName]: data.policyDocument }, attached };
    case 'PolicyDeleted': {
      const kept = Object.entries(policies).filter(([name]) => name !== data.policyName);
      return { policies: Object.fromEntries(kept), attached };
    }
    case 'PolicyAttached':
      return { policies, attached: [...attached, data.policyArn] };
    case 'PolicyDetached':
      return { policies, attached: attached.filter((arn) => arn !== data.policyArn) };
  }
}

/** @throws IamRefused while anything is carried: it goes first (DeleteUser, DeleteGroup, DeleteRole) */
export function requireNoPolicies({ policies, attached }: CarriedPolicies): void {
  requireNothingLeft(attached.length > 0, 'detach all policies');
  requireNothingLeft(Object.keys(policies).length > 0, 'delete policies');
}
