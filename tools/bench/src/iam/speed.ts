/** Decisions a second: ours and iam-simulate's, of the same requests under the same policies, in turn. */
import {
  type Benchmark,
  benchmark,
  benchmarkDocuments,
  benchmarkRequests,
} from '@firesteel/iam-policy/benchmark';
import type { Oracle, OracleCase } from './oracle.ts';

export type Speed = {
  readonly ours: Benchmark;
  /** Null where it could not be fetched. */
  readonly oracle: { readonly name: string; readonly evaluationsPerSecond: number } | null;
  /** How many times the other's rate ours is. */
  readonly ratio: number | null;
};

const { identity, boundary, session } = benchmarkDocuments;

const cases = (): readonly OracleCase[] =>
  benchmarkRequests.map(({ principal, action, resource, context }) => ({
    request: {
      principal: principal.arn,
      action,
      resource: { resource, accountId: principal.accountId ?? '' },
      contextVariables: {
        ...(context as Readonly<Record<string, string>>),
        'aws:PrincipalTag/team': principal.tags['team'] ?? '',
      },
    },
    identityPolicies: identity.map((text, at) => ({
      name: `team-${at}`,
      policy: JSON.parse(text),
    })),
    permissionBoundaryPolicies: [{ name: 'limits', policy: JSON.parse(boundary) }],
    sessionPolicy: JSON.parse(session),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  }));

async function rateOf({ decide }: Oracle, seconds: number): Promise<number> {
  const all = cases();
  const run = async (limitMs: number): Promise<number> => {
    const start = performance.now();
    let count = 0;
    for (; performance.now() - start < limitMs; count += all.length)
      for (const one of all) await decide(one);
    return (count / (performance.now() - start)) * 1_000;
  };
  await run((seconds * 1_000) / 3);
  return Math.round(await run(seconds * 1_000));
}

/** Measures ours, then the other's. */
export async function measureSpeed(seconds: number, oracle: Oracle | undefined): Promise<Speed> {
  const ours = benchmark(seconds);
  if (oracle === undefined) return { ours, oracle: null, ratio: null };
  const evaluationsPerSecond = await rateOf(oracle, seconds);
  const ratio = Math.round(ours.evaluationsPerSecond / evaluationsPerSecond);
  return { ours, oracle: { name: oracle.name, evaluationsPerSecond }, ratio };
}
