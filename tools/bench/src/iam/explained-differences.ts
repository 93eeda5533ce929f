/**
 * Where iam-simulate and we read AWS' documentation otherwise, with the page that our reading rests on. A difference
 * is explained only when both engines agree as soon as that one thing is taken out of the case: that says
 * where they differ, not who is right.
 */
import type { RandomCase } from './random-cases.ts';

export type Explanation = {
  /** What it is, and the page. */
  readonly why: string;
  /** The case without it. */
  readonly without: (one: RandomCase) => RandomCase;
};

const guide = 'IAM user guide';

export const explanations: readonly Explanation[] = [
  {
    why: `a context value that is an empty string is null (${guide}, reference_policies_condition-single-vs-multi-valued-context-keys: "a null dataset, such as an empty string")`,
    without: (one) => ({
      ...one,
      request: {
        ...one.request,
        context: Object.fromEntries(
          Object.entries(one.request.context).map(([key, value]) => [
            key,
            value === '' ? 'empty' : value,
          ]),
        ),
      },
    }),
  },
  {
    why: `a variable without a value is equal to nothing, so that negated operators and NotResource match (${guide}, reference_policies_variables#policy-vars-no-value: "the resource that includes a policy variable with no value will not match any resource")`,
    without: ({ request, ...policies }) => {
      const tags = { x: 'unheard-of', ...request.principal.tags };
      return { ...policies, request: { ...request, principal: { ...request.principal, tags } } };
    },
  },
  {
    why: `a range of all addresses, 0.0.0.0/0, holds every IPv4 address (${guide}, reference_policies_elements_condition_operators#Conditions_IPAddress)`,
    without: (one) =>
      JSON.parse(
        JSON.stringify(one).replaceAll('"0.0.0.0/0"', '"0.0.0.0/1","128.0.0.0/1"'),
      ) as RandomCase,
  },
  {
    why: `IfExists holds without the key, with ForAnyValue too (${guide}, reference_policies_elements_condition_operators#Conditions_IfExists: "If the condition key is not present, evaluate the condition element as true")`,
    without: ({ request, ...policies }) => ({
      ...policies,
      request: { ...request, context: { 'aws:CalledVia': ['unheard-of'], ...request.context } },
    }),
  },
  {
    why: `NotIpAddress is "all IP addresses except the specified": an IPv6 address is none of an IPv4 range (${guide}, reference_policies_elements_condition_operators#Conditions_IPAddress)`,
    without: ({ request, ...policies }) => {
      const { 'aws:SourceIp': address, ...others } = request.context;
      const isIpv6 = typeof address === 'string' && address.includes(':');
      const context = isIpv6 ? { ...others, 'aws:SourceIp': '172.16.0.1' } : request.context;
      return { ...policies, request: { ...request, context } };
    },
  },
  {
    why: `what a resource grants to the role session itself, or to everybody, is not limited by a session policy that says nothing of it (${guide}, reference_policies_evaluation-logic_policy-eval-basics-single-account: resource-based policies that grant to a role session)`,
    without: ({ resource, request, ...policies }) => {
      const text = JSON.stringify(resource);
      const { arn, sessionIssuerArn } = request.principal;
      const role = `{"AWS":"${sessionIssuerArn}"}`;
      const limited = text.replaceAll(`{"AWS":"${arn}"}`, role).replaceAll('{"AWS":"*"}', role);
      const isSession = sessionIssuerArn !== undefined && policies.session !== null;
      return { ...policies, request, resource: isSession ? JSON.parse(limited) : resource };
    },
  },
];
