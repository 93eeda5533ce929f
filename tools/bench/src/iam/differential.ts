/** The same random cases through both engines; every difference is listed, and explained or not. */
import { compilePolicy } from '@firesteel/iam-policy/compile';
import { evaluate } from '@firesteel/iam-policy/evaluate';
import { explanations } from './explained-differences.ts';
import type { Oracle, OracleAnswer, OracleCase } from './oracle.ts';
import { chanceFrom, type RandomCase, randomCase } from './random-cases.ts';

export type Difference = {
  readonly number: number;
  readonly ours: OracleAnswer;
  readonly theirs: OracleAnswer | string;
  readonly case: RandomCase;
};

export type Differential = {
  readonly oracle: string;
  readonly cases: number;
  readonly agreed: number;
  /** How many times each answer of ours came: a comparison of denials alone would say little. */
  readonly answers: Readonly<Record<string, number>>;
  /** Reason, and how many differences have it. */
  readonly explained: Readonly<Record<string, number>>;
  readonly unexplained: readonly Difference[];
};

const seed = 6;

const answers = {
  allowed: 'Allowed',
  explicitDeny: 'ExplicitlyDenied',
  implicitDeny: 'ImplicitlyDenied',
} as const satisfies Record<string, OracleAnswer>;

function decideOurs({ request, identity, boundary, session, resource }: RandomCase): OracleAnswer {
  const managed = (document: object, at: number) =>
    compilePolicy(JSON.stringify(document), 'managed', `p${at}`);
  const { reason } = evaluate(request, {
    identity: identity.map(managed),
    boundary: boundary && managed(boundary, 0),
    session: session && [compilePolicy(JSON.stringify(session), 'session', 'session')],
    resource: resource ? [compilePolicy(JSON.stringify(resource), 'bucket', 'bucket')] : [],
  });
  return answers[reason];
}

function oracleCaseOf({ request, identity, boundary, session, resource }: RandomCase): OracleCase {
  const { principal, action, resource: arn, resourceAccountId, context } = request;
  const tags = Object.entries(principal.tags).map(([key, value]) => [
    `aws:PrincipalTag/${key}`,
    value,
  ]);
  return {
    request: {
      principal: principal.arn,
      action,
      resource: { resource: arn, accountId: resourceAccountId ?? '' },
      contextVariables: {
        ...(context as Readonly<Record<string, string | string[]>>),
        ...Object.fromEntries(tags),
      },
    },
    identityPolicies: identity.map((policy, at) => ({ name: `p${at}`, policy })),
    ...(boundary ? { permissionBoundaryPolicies: [{ name: 'boundary', policy: boundary }] } : {}),
    ...(session ? { sessionPolicy: session } : {}),
    ...(resource ? { resourcePolicy: resource } : {}),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  };
}

const decideTheirs = ({ decide }: Oracle, one: RandomCase): Promise<OracleAnswer | string> =>
  decide(oracleCaseOf(one)).catch(String);

/** What the two differ in; undefined when nobody knows. */
async function explanationOf(one: RandomCase, oracle: Oracle): Promise<string | undefined> {
  const agreeOn = async (other: RandomCase): Promise<boolean> =>
    decideOurs(other) === (await decideTheirs(oracle, other));
  for (const { why, without } of explanations) if (await agreeOn(without(one))) return why;
  const all = explanations.reduce((rest, { without }) => without(rest), one);
  return (await agreeOn(all)) ? 'several of these at once' : undefined;
}

/** Sends so many random cases through both. */
export async function compareEngines(cases: number, oracle: Oracle): Promise<Differential> {
  const chance = chanceFrom(seed);
  const given: Record<string, number> = {};
  const explained: Record<string, number> = {};
  const unexplained: Difference[] = [];
  let agreed = 0;
  for (let number = 0; number < cases; number += 1) {
    const one = randomCase(chance);
    const difference = {
      number,
      ours: decideOurs(one),
      theirs: await decideTheirs(oracle, one),
      case: one,
    };
    given[difference.ours] = (given[difference.ours] ?? 0) + 1;
    if (difference.ours === difference.theirs) {
      agreed += 1;
      continue;
    }
    const why = await explanationOf(one, oracle);
    if (why === undefined) unexplained.push(difference);
    else explained[why] = (explained[why] ?? 0) + 1;
  }
  return { oracle: oracle.name, cases, agreed, answers: given, explained, unexplained };
}

const shownAtMost = 5;

/** For people. */
export function differentialLines(outcome: Differential): string[] {
  const { oracle, cases, agreed, answers: given, explained, unexplained } = outcome;
  return [
    `${cases} random cases through ours and ${oracle}: ${agreed} alike (${JSON.stringify(given)})`,
    ...Object.entries(explained).map(([why, times]) => `${times} explained: ${why}`),
    `${unexplained.length} unexplained`,
    ...unexplained.slice(0, shownAtMost).map((difference) => JSON.stringify(difference)),
  ];
}
