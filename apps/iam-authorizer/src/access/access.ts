/** The trail of decisions: every answer is a fact, batched as it comes. */
import type { AccessDecision, AccessEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';

/** Where and when a long-term key or a role's session was used (IAM GetAccessKeyLastUsed, RoleLastUsed). */
export type LastUse = {
  readonly at: string;
  readonly service: string;
  readonly region: string;
};

/** What is kept beside the log: how many decisions, when the last was, and the last use of each key and role. */
export type AccessTrail = {
  readonly allowed: number;
  readonly denied: number;
  readonly lastAt: string;
  /** By access key id or the role's unique id; left out while neither was used. */
  readonly lastUses?: Readonly<Record<string, LastUse>>;
};

export type AccessCommand = {
  readonly type: 'RecordDecisions';
  readonly decisions: readonly AccessDecision[];
};

const usesIn = (decisions: readonly AccessDecision[]): Record<string, LastUse> =>
  Object.fromEntries(
    decisions.flatMap(({ accessKeyId, roleId, at, service, region = '' }) => {
      const used = accessKeyId ?? roleId;
      return used === undefined ? [] : [[used, { at, service, region }]];
    }),
  );

function lastUses(
  before: AccessTrail['lastUses'],
  decisions: readonly AccessDecision[],
): Pick<AccessTrail, 'lastUses'> {
  const uses = { ...before, ...usesIn(decisions) };
  return Object.keys(uses).length === 0 ? {} : { lastUses: uses };
}

export const access: Decider<AccessTrail, AccessCommand, AccessEvent> = {
  initial: { allowed: 0, denied: 0, lastAt: '' },
  decide: ({ decisions }) =>
    decisions.length === 0 ? [] : [{ type: 'AccessDecided', data: { decisions } }],
  evolve: (trail, { data: { decisions } }) => {
    const allowed = decisions.filter((decision) => decision.allowed).length;
    return {
      allowed: trail.allowed + allowed,
      denied: trail.denied + decisions.length - allowed,
      lastAt: decisions.at(-1)?.at ?? trail.lastAt,
      ...lastUses(trail.lastUses, decisions),
    };
  },
};
