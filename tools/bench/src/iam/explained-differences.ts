/**
 * Where iam-simulate decides otherwise than AWS' documentation says, with the page that says it. A difference
 * is explained only when both engines agree as soon as that one thing is taken out of the case.
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
    why: `a variable without a value is equal to nothing, so that negated operators and NotResource match (${guide}, reference_policies_variables#policy-vars-no-value)`,
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
];
