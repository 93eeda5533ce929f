/** Random policies and requests: few names, so that they meet; every operator, variables, every kind of policy. */
import type { AccessRequest, ContextValue } from '@firesteel/iam-policy/request';

/** One random case; policies are documents. */
export type RandomCase = {
  readonly request: AccessRequest;
  readonly identity: readonly object[];
  readonly boundary: object | null;
  readonly session: object | null;
  readonly resource: object | null;
};

/** Numbers from 0 to below a bound, the same ones for the same seed (mulberry32). */
export type Chance = (below: number) => number;

export function chanceFrom(seed: number): Chance {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const accountId = '123456789012';
const role = `arn:aws:iam::${accountId}:role/R`;
const roleSession = `arn:aws:sts::${accountId}:assumed-role/R/s`;
const user = `arn:aws:iam::${accountId}:user/alice`;

const actions = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'];
const actionPatterns = ['*', 's3:*', 's3:GetObject', 'S3:getobject', 's3:*Object', 's3:?etObject'];
const resources = [
  'arn:aws:s3:::a/k',
  'arn:aws:s3:::a/x/y',
  'arn:aws:s3:::b/k',
  'arn:aws:s3:::b/A',
];
const resourcePatterns = [
  '*',
  'arn:aws:s3:::a/*',
  'arn:aws:s3:::*',
  'arn:aws:s3:::?/k',
  'arn:aws:s3:::*/k*',
  `arn:aws:s3:::a/\${aws:PrincipalTag/x}`,
  `arn:aws:s3:::b/\${aws:PrincipalTag/y, 'k'}`,
];

/** A bucket's policy speaks of that bucket. */
const ownPatterns = (resource: string): readonly string[] => {
  const bucket = resource.slice(0, 'arn:aws:s3:::x'.length);
  return ['*', 'k', 'x/*', '?', `\${aws:PrincipalTag/x}`].map((key) => `${bucket}/${key}`);
};

type Family = {
  readonly operators: readonly string[];
  readonly key: string;
  readonly values: readonly string[];
  readonly patterns: readonly string[];
};

const strings = ['a', 'k', 'A', 'ab', ''];
const families: readonly Family[] = [
  {
    operators: [
      'StringEquals',
      'StringNotEquals',
      'StringEqualsIgnoreCase',
      'StringNotEqualsIgnoreCase',
      'StringLike',
      'StringNotLike',
    ],
    key: 'aws:UserAgent',
    values: strings,
    patterns: [
      'a',
      'k',
      'A',
      'a*',
      '?',
      '*',
      `\${aws:PrincipalTag/x}`,
      `\${aws:PrincipalTag/y, 'a'}`,
    ],
  },
  {
    operators: ['StringEquals', 'StringLike', 'StringNotLike', 'StringNotEquals'],
    key: 'aws:CalledVia',
    values: ['a', 'k', 'ab'],
    patterns: ['a', 'k', 'a*', '*'],
  },
  {
    operators: [
      'NumericEquals',
      'NumericNotEquals',
      'NumericLessThan',
      'NumericLessThanEquals',
      'NumericGreaterThan',
      'NumericGreaterThanEquals',
    ],
    key: 'aws:MultiFactorAuthAge',
    values: ['1', '2', '10'],
    patterns: ['1', '2', '5'],
  },
  {
    operators: [
      'DateEquals',
      'DateNotEquals',
      'DateLessThan',
      'DateLessThanEquals',
      'DateGreaterThan',
      'DateGreaterThanEquals',
    ],
    key: 'aws:CurrentTime',
    values: ['2026-01-01T00:00:00Z', '2026-06-01T00:00:00Z'],
    patterns: ['2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z'],
  },
  {
    operators: ['Bool'],
    key: 'aws:SecureTransport',
    values: ['true', 'false'],
    patterns: ['true', 'false'],
  },
  {
    operators: ['IpAddress', 'NotIpAddress'],
    key: 'aws:SourceIp',
    values: ['10.1.2.3', '192.168.0.1', '2001:db8::1'],
    patterns: ['10.0.0.0/8', '192.168.0.1', '2001:db8::/32', '0.0.0.0/0'],
  },
  {
    operators: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
    key: 'aws:SourceArn',
    values: ['arn:aws:sns:us-east-1:123456789012:a', 'arn:aws:sns:eu-west-1:123456789012:b'],
    patterns: ['arn:aws:sns:*:123456789012:a', 'arn:aws:sns:us-east-1:*:*', 'arn:aws:sqs:*:*:*'],
  },
  { operators: ['Null'], key: 'aws:UserAgent', values: strings, patterns: ['true', 'false'] },
];

const several = new Set(['aws:CalledVia']);

/** Makes cases out of chance. */
class Dice {
  readonly chance: Chance;
  constructor(chance: Chance) {
    this.chance = chance;
  }
  one<Item>(items: readonly Item[]): Item {
    return items[this.chance(items.length)] as Item;
  }
  some<Item>(items: readonly Item[], most: number): Item[] {
    return Array.from({ length: 1 + this.chance(most) }, () => this.one(items));
  }
  often(percent: number): boolean {
    return this.chance(100) < percent;
  }
}

function conditionOf(dice: Dice): Record<string, object> {
  const { operators, key, patterns } = dice.one(families);
  const operator = dice.one(operators);
  const set = several.has(key) ? dice.one(['ForAllValues:', 'ForAnyValue:']) : '';
  const suffix = operator !== 'Null' && dice.often(25) ? 'IfExists' : '';
  const values = operator === 'Null' ? [dice.one(patterns)] : dice.some(patterns, 2);
  const name = dice.often(20) ? key.toUpperCase() : key;
  return { [`${set}${operator}${suffix}`]: { [name]: values } };
}

function statementOf(dice: Dice, principal: object | null, patterns: readonly string[]): object {
  return {
    Effect: dice.often(70) ? 'Allow' : 'Deny',
    ...(principal === null ? {} : { Principal: principal }),
    [dice.often(85) ? 'Action' : 'NotAction']: dice.some(actionPatterns, 2),
    [dice.often(85) ? 'Resource' : 'NotResource']: dice.some(patterns, 2),
    ...(dice.often(50) ? { Condition: conditionOf(dice) } : {}),
  };
}

const documentOf = (
  dice: Dice,
  principals: readonly object[] | null = null,
  patterns: readonly string[] = resourcePatterns,
): object => ({
  Version: '2012-10-17',
  Statement: Array.from({ length: 1 + dice.chance(3) }, () =>
    statementOf(dice, principals && dice.one(principals), patterns),
  ),
});

function contextOf(dice: Dice): Record<string, ContextValue> {
  const context: Record<string, ContextValue> = {};
  for (const { key, values } of families) {
    if (!dice.often(60)) continue;
    context[key] = several.has(key) ? [...new Set(dice.some(values, 3))] : dice.one(values);
  }
  return context;
}

const principals: readonly object[] = [
  { AWS: '*' },
  { AWS: accountId },
  { AWS: role },
  { AWS: roleSession },
  { AWS: user },
  { AWS: 'arn:aws:iam::210987654321:root' },
];

/** The next random case. */
export function randomCase(chance: Chance): RandomCase {
  const dice = new Dice(chance);
  const isUser = dice.often(40);
  const resource = dice.one(resources);
  return {
    request: {
      principal: {
        kind: isUser ? 'user' : 'role-session',
        arn: isUser ? user : roleSession,
        accountId,
        userId: isUser ? 'AIDAEXAMPLE' : 'AROAEXAMPLE:s',
        tags: dice.often(70) ? { x: dice.one(['k', 'A', 'a']) } : {},
        ...(isUser ? {} : { sessionIssuerArn: role }),
      },
      action: dice.one(actions),
      resource,
      resourceAccountId: dice.often(80) ? accountId : '210987654321',
      context: contextOf(dice),
    },
    identity: Array.from({ length: 1 + dice.chance(3) }, () => documentOf(dice)),
    boundary: dice.often(40) ? documentOf(dice) : null,
    session: !isUser && dice.often(40) ? documentOf(dice) : null,
    resource: dice.often(40) ? documentOf(dice, principals, ownPatterns(resource)) : null,
  };
}
