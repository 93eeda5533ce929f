/** ListPoliciesGrantingServiceAccess (IAM API reference): which policies allow anything of a service. */
import type { CompiledPolicy } from '@firesteel/iam-policy/compile';
import type { Carrier } from '../authorize/callers.ts';
import { managedPolicy } from '../policy/managed-policies.ts';
import type { Actions, Call, Need } from './call.ts';
import { type Input, text, texts } from './input.ts';
import { ordinal, pageFrom, pageOf } from './paging.ts';
import { findSource } from './policy-source.ts';
import { toAttached } from './shapes.ts';

/** A policy that counts, and how it is told of. */
type Granting = { readonly policy: CompiledPolicy; readonly shape: object };

/** Who carries an inline policy, as IAM says it. */
function entityOf(carrier: Carrier): object {
  switch (carrier.kind) {
    case 'userInline':
      return { EntityType: 'USER', EntityName: carrier.carried.userName };
    case 'groupInline':
      return { EntityType: 'GROUP', EntityName: carrier.carried.groupName };
    case 'roleInline':
      return { EntityType: 'ROLE', EntityName: carrier.carried.roleName };
  }
}

const inlineOf = (carrier: Carrier, { policies }: Call): readonly Granting[] =>
  Object.entries(carrier.carried.policies).map(([PolicyName, document]) => ({
    policy: policies.compiled(document, carrier.kind, PolicyName),
    shape: { PolicyName, PolicyType: 'INLINE', ...entityOf(carrier) },
  }));

/** Each once, however many of the user's groups carry it. */
const managedOf = (
  carriers: readonly Carrier[],
  { identities, policies }: Call,
): readonly Granting[] =>
  [...new Set(carriers.flatMap(({ carried }) => carried.attached))].flatMap((arn) => {
    const policy = managedPolicy(arn, identities, policies);
    return policy ? [{ policy, shape: { ...toAttached(arn), PolicyType: 'MANAGED' } }] : [];
  });

/** What another statement denies, boundaries and conditions are left out of account, as IAM's reference says. */
const grants = ({ statements }: CompiledPolicy, service: string): boolean =>
  statements.some(({ effect, matchesService }) => effect === 'Allow' && matchesService(service));

async function listPoliciesGrantingServiceAccess(input: Input, call: Call): Promise<object> {
  const { carriers } = await findSource(text(input, 'Arn'), call);
  const all = [...carriers.flatMap((each) => inlineOf(each, call)), ...managedOf(carriers, call)];
  const keyed = texts(input, 'ServiceNamespaces').map((ServiceNamespace, index) => ({
    key: ordinal(index),
    entry: {
      ServiceNamespace,
      Policies: all
        .filter(({ policy }) => grants(policy, ServiceNamespace.toLowerCase()))
        .map(({ shape }) => shape),
    },
  }));
  const { items, more } = pageFrom(keyed, pageOf(input), ({ key }) => key);
  return { PoliciesGrantingServiceAccess: items.map(({ entry }) => entry), ...more };
}

const onArn = async (input: Input): Promise<readonly Need[]> => [{ resource: text(input, 'Arn') }];

export const serviceAccessActions: Actions = {
  ListPoliciesGrantingServiceAccess: { needs: onArn, answer: listPoliciesGrantingServiceAccess },
};
