/** What holds of any policies and any request. */
import fc from 'fast-check';
import { compilePolicy, contextKeysOf } from './compile.ts';
import { evaluate } from './evaluate.ts';
import { denialMessage } from './explain.ts';
import { MalformedPolicy } from './malformed-policy.ts';
import type { PolicyKind } from './policy-kind.ts';
import type { AccessRequest } from './request.ts';
import { simulate } from './simulate.ts';
import {
  accountId,
  anonymous,
  type Context,
  compiled,
  document,
  holds,
  otherAccountId,
  policies,
  request,
  roleSession,
  root,
  type StatementText,
  tagged,
  user,
} from './test/cases.ts';
import { naiveReason } from './test/naive.ts';

/** Few names, so that policies and requests meet. */
const someAction = fc.constantFrom('s3:Get', 's3:Put', 's3:List', 'ec2:Get', 'ec2:Run');
const actionPattern = fc.constantFrom(
  '*',
  's3:*',
  's3:Get',
  'S3:get',
  '*:Get',
  's3:?et',
  'ec2:R*n',
  'ec2:*',
  's3:L*s*',
);
const someResource = fc.constantFrom(
  '*',
  'arn:aws:s3:::a',
  'arn:aws:s3:::a/k',
  'arn:aws:s3:::b/k/l',
  'arn:aws:s3:::a/x',
);
const resourcePattern = fc.constantFrom(
  '*',
  'arn:aws:s3:::a',
  'arn:aws:s3:::a/*',
  'arn:aws:s3:::*',
  'arn:aws:s3:::?/k',
  'arn:aws:s3:::*/k*',
  `arn:aws:s3:::a/\${aws:x}`,
  `arn:aws:s3:::\${aws:y}/*`,
);
const key = fc.constantFrom('aws:x', 'aws:y', 'AWS:X', 'aws:z');
const value = fc.constantFrom('', 'a', 'k', 'x', 'A', 'ab');
const valuePattern = fc.constantFrom(
  '',
  'a',
  'k',
  'A',
  'a*',
  '?',
  '*',
  `\${aws:y}`,
  `\${aws:x}*`,
  `\${*}`,
);
const list = <Item>(item: fc.Arbitrary<Item>, most = 3) =>
  fc.array(item, { minLength: 1, maxLength: most });

const stringOperator = fc.constantFrom(
  'StringEquals',
  'StringNotEquals',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'StringLike',
  'StringNotLike',
);
const qualified = fc
  .tuple(
    fc.constantFrom('', 'ForAllValues:', 'ForAnyValue:'),
    stringOperator,
    fc.constantFrom('', 'IfExists'),
  )
  .map((parts) => parts.join(''));
const condition = fc.dictionary(
  qualified,
  fc.dictionary(key, list(valuePattern), { minKeys: 1, maxKeys: 2 }),
  { maxKeys: 2 },
);

const context: fc.Arbitrary<Context> = fc.dictionary(
  fc.constantFrom('aws:x', 'aws:y', 'aws:z'),
  fc.oneof(value, fc.array(value, { maxLength: 3 })),
);

const withNegation = (name: string, pattern: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 4, arbitrary: list(pattern).map((patterns) => ({ [name]: patterns })) },
    { weight: 1, arbitrary: list(pattern).map((patterns) => ({ [`Not${name}`]: patterns })) },
  );

const statement: fc.Arbitrary<StatementText> = fc
  .record({
    Effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
    actions: withNegation('Action', actionPattern),
    resources: withNegation('Resource', resourcePattern),
    Condition: fc.oneof(fc.constant({}), condition),
  })
  .map(({ Effect, actions, resources, Condition }) => ({
    Effect,
    ...actions,
    ...resources,
    Condition,
  }));
const statements = list(statement, 4);
const allowing = statement.map((one): StatementText => ({ ...one, Effect: 'Allow' }));
const denying = statement.map((one): StatementText => ({ ...one, Effect: 'Deny' }));

const asked: fc.Arbitrary<AccessRequest> = fc
  .tuple(someAction, someResource, context)
  .map(([action, resource, more]) => request(action, resource, more, roleSession(), accountId));

const reason = (sets: readonly (readonly StatementText[])[], one: AccessRequest) =>
  evaluate(one, policies({ identity: sets.map((set) => compiled(set)) })).reason;

describe('statements', () => {
  it('mean what the plain reading means, within a boundary and session policies', () => {
    fc.assert(
      fc.property(statements, statements, statements, asked, (own, boundary, session, one) => {
        const { action, resource } = one;
        const naive = naiveReason([own, boundary, session], action, resource, one.context);
        const decision = evaluate(
          one,
          policies({
            identity: [compiled(own)],
            boundary: compiled(boundary),
            session: [compiled(session, 'session')],
          }),
        );
        expect(decision.reason).toBe(naive);
      }),
      { numRuns: 4_000 },
    );
  });

  it('that deny never allow', () => {
    fc.assert(
      fc.property(statements, denying, asked, (own, denial, one) => {
        const before = reason([own], one);
        const after = reason([[...own, denial]], one);
        if (after === 'allowed') expect(before).toBe('allowed');
        if (before === 'explicitDeny') expect(after).toBe('explicitDeny');
      }),
    );
  });

  it('that allow never take away, and never lift a denial', () => {
    fc.assert(
      fc.property(statements, allowing, asked, (own, allowance, one) => {
        const before = reason([own], one);
        const after = reason([[...own, allowance]], one);
        if (before !== 'implicitDeny') expect(after).toBe(before);
        else expect(after).not.toBe('explicitDeny');
      }),
    );
  });

  it('may stand in any order, and in any policy', () => {
    fc.assert(
      fc.property(
        statements.chain((own) =>
          fc.tuple(fc.constant(own), fc.shuffledSubarray(own, { minLength: own.length })),
        ),
        asked,
        ([own, shuffled], one) => {
          const decision = reason([own], one);
          expect(reason([shuffled], one)).toBe(decision);
          expect(
            reason(
              shuffled.map((each) => [each]),
              one,
            ),
          ).toBe(decision);
        },
      ),
    );
  });

  it.each(['Action', 'Resource'])('may be split by %s', (name) => {
    fc.assert(
      fc.property(statement, asked, (one, ask) => {
        const { [name]: patterns } = one;
        fc.pre(Array.isArray(patterns));
        const split = (patterns as string[]).map((pattern) => ({ ...one, [name]: pattern }));
        expect(reason([split], ask)).toBe(reason([[one]], ask));
      }),
    );
  });

  it('may be said twice', () => {
    fc.assert(
      fc.property(statements, asked, (own, one) => {
        expect(reason([own, own], one)).toBe(reason([own], one));
      }),
    );
  });

  it.each<[string, fc.Arbitrary<string>]>([
    ['Action', fc.constantFrom('s3:Get', 's3:?et', '*:Get', 'ec2:R*n')],
    [
      'Resource',
      fc.constantFrom('arn:aws:s3:::a/k', 'arn:aws:s3:::?/k', `arn:aws:s3:::a/\${aws:x}`),
    ],
  ])('only widen when a wildcard takes the place of some of their %s', (name, pattern) => {
    fc.assert(
      fc.property(pattern, fc.nat(), fc.nat(3), allowing, asked, (narrow, at, count, one, ask) => {
        const { [`Not${name}`]: _negated, ...rest } = one;
        // The service of an action or an ARN must not have a wildcard.
        const fixed = narrow.lastIndexOf(':') + 1;
        const from = fixed + (at % (narrow.length - fixed + 1));
        const wide = `${narrow.slice(0, from)}*${narrow.slice(from + count)}`;
        fc.pre(!wide.includes('$') || wide.includes(`\${aws:x}`));
        const narrowed = reason([[{ ...rest, [name]: narrow }]], ask);
        const widened = reason([[{ ...rest, [name]: wide }]], ask);
        if (narrowed === 'allowed') expect(widened).toBe('allowed');
      }),
    );
  });

  it.each(['Action', 'Resource'])('with Not%s are about all else', (name) => {
    fc.assert(
      fc.property(
        list(name === 'Action' ? actionPattern : resourcePattern),
        asked,
        (patterns, one) => {
          const all = { Effect: 'Allow', Action: '*', Resource: '*' };
          const { [name]: _all, ...rest } = { ...all } as StatementText;
          const included = reason([[{ ...all, [name]: patterns }]], one) === 'allowed';
          const excluded = reason([[{ ...rest, [`Not${name}`]: patterns }]], one) === 'allowed';
          expect(excluded).toBe(!included);
        },
      ),
    );
  });

  it('know no case in actions and keys', () => {
    fc.assert(
      fc.property(statements, asked, (own, one) => {
        const shouted = {
          ...one,
          action: one.action.toUpperCase(),
          context: Object.fromEntries(
            Object.entries(one.context).map(([name, each]) => [name.toUpperCase(), each]),
          ),
        };
        expect(reason([own], shouted)).toBe(reason([own], one));
      }),
    );
  });
});

describe('conditions', () => {
  const operators = [
    'StringEquals',
    'StringLike',
    'StringEqualsIgnoreCase',
    'NumericEquals',
    'DateEquals',
    'IpAddress',
    'ArnLike',
  ] as const;
  const negations = {
    StringEquals: 'StringNotEquals',
    StringLike: 'StringNotLike',
    StringEqualsIgnoreCase: 'StringNotEqualsIgnoreCase',
    NumericEquals: 'NumericNotEquals',
    DateEquals: 'DateNotEquals',
    IpAddress: 'NotIpAddress',
    ArnLike: 'ArnNotLike',
  } as const;
  /** Values that the operator can be given. */
  const stated: Record<(typeof operators)[number], fc.Arbitrary<string>> = {
    StringEquals: valuePattern,
    StringLike: valuePattern,
    StringEqualsIgnoreCase: valuePattern,
    NumericEquals: fc.constantFrom('1', '2.5', '-3', '1e0'),
    DateEquals: fc.constantFrom('2020-01-01', '2020-01-01T00:00:00Z', '1577836800'),
    IpAddress: fc.constantFrom('10.0.0.0/8', '10.0.0.1', '2001:db8::/32', '0.0.0.0/0'),
    ArnLike: fc.constantFrom('arn:aws:s3:::a', 'arn:aws:s3:::*', '*:*:*:*:*:*', 'x'),
  };
  const requested = fc.oneof(
    value,
    fc.constantFrom(
      '1',
      '2.50',
      '1577836800',
      '2020-01-01',
      '10.1.1.1',
      '::ffff:10.1.1.1',
      'arn:aws:s3:::a',
    ),
  );
  const values = fc.oneof(requested, fc.array(requested, { maxLength: 3 }));
  const optional = fc.option(values, { nil: undefined });
  const of = (given: string | string[] | undefined): Context =>
    given === undefined ? {} : { 'aws:x': given };

  it.each(operators)('%s: its negation is its opposite, whatever the request says', (operator) => {
    fc.assert(
      fc.property(list(stated[operator]), optional, (patterns, given) => {
        const block = { 'aws:x': patterns };
        expect(holds({ [negations[operator]]: block }, of(given))).toBe(
          !holds({ [operator]: block }, of(given)),
        );
      }),
    );
  });

  it.each(operators)('%s: of sets, not all is some not', (operator) => {
    fc.assert(
      fc.property(list(stated[operator]), list(requested), (patterns, given) => {
        fc.pre(!given.every((each) => each === ''));
        const block = { 'aws:x': patterns };
        const all = holds({ [`ForAllValues:${operator}`]: block }, of(given));
        const someNot = holds({ [`ForAnyValue:${negations[operator]}`]: block }, of(given));
        expect(someNot).toBe(!all);
      }),
    );
  });

  it.each(operators)('%s: a set of one is its one value', (operator) => {
    fc.assert(
      fc.property(list(stated[operator]), requested, (patterns, given) => {
        fc.pre(given !== '');
        const block = { 'aws:x': patterns };
        const one = holds({ [operator]: block }, of(given));
        expect(holds({ [`ForAllValues:${operator}`]: block }, of([given]))).toBe(one);
        expect(holds({ [`ForAnyValue:${operator}`]: block }, of([given]))).toBe(one);
      }),
    );
  });

  it.each([...operators, ...Object.values(negations)])(
    '%sIfExists is "no key, or it holds"',
    (operator) => {
      const positive =
        Object.entries(negations).find(([, name]) => name === operator)?.[0] ?? operator;
      fc.assert(
        fc.property(
          list(stated[positive as (typeof operators)[number]]),
          optional,
          (patterns, given) => {
            const block = { 'aws:x': patterns };
            const missing = given === undefined || (Array.isArray(given) && given.length === 0);
            expect(holds({ [`${operator}IfExists`]: block }, of(given))).toBe(
              missing || holds({ [operator]: block }, of(given)),
            );
          },
        ),
      );
    },
  );

  it.each([...operators, ...Object.values(negations)])(
    'ForAllValues:%s of nothing is true, ForAnyValue false',
    (operator) => {
      const positive =
        Object.entries(negations).find(([, name]) => name === operator)?.[0] ?? operator;
      fc.assert(
        fc.property(
          list(stated[positive as (typeof operators)[number]]),
          fc.constantFrom<string[] | undefined>(undefined, []),
          (patterns, given) => {
            const block = { 'aws:x': patterns };
            expect(holds({ [`ForAllValues:${operator}`]: block }, of(given))).toBe(true);
            expect(holds({ [`ForAnyValue:${operator}`]: block }, of(given))).toBe(false);
          },
        ),
      );
    },
  );

  it('with one value more hold for more; negated, for less', () => {
    fc.assert(
      fc.property(
        stringOperator,
        list(valuePattern),
        valuePattern,
        optional,
        (operator, patterns, added, given) => {
          const before = holds({ [operator]: { 'aws:x': patterns } }, of(given));
          const after = holds({ [operator]: { 'aws:x': [...patterns, added] } }, of(given));
          if (operator.includes('Not')) expect(before || !after).toBe(true);
          else expect(after || !before).toBe(true);
        },
      ),
    );
  });

  it('order numbers as numbers are ordered', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 });
    fc.assert(
      fc.property(number, number, (one, other) => {
        const is = (operator: string) =>
          holds({ [operator]: { 'aws:x': other } }, { 'aws:x': one });
        expect([is('NumericLessThan'), is('NumericEquals'), is('NumericGreaterThan')]).toEqual([
          one < other,
          one === other,
          one > other,
        ]);
        expect(is('NumericLessThanEquals')).toBe(one <= other);
        expect(is('NumericGreaterThanEquals')).toBe(one >= other);
      }),
    );
  });

  it('order dates as time goes', () => {
    const date = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') });
    fc.assert(
      fc.property(date, date, (one, other) => {
        const is = (operator: string) =>
          holds({ [operator]: { 'aws:x': other.toISOString() } }, { 'aws:x': one.toISOString() });
        expect([is('DateLessThan'), is('DateEquals'), is('DateGreaterThan')]).toEqual([
          one < other,
          +one === +other,
          one > other,
        ]);
      }),
    );
  });

  it('find an address in every range that its first bits make', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(32), (address, bits) => {
        const is = (operator: string, range: string) =>
          holds({ [operator]: { 'aws:x': range } }, { 'aws:x': address });
        expect(is('IpAddress', `${address}/${bits}`)).toBe(true);
        expect(is('NotIpAddress', `${address}/${bits}`)).toBe(false);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), fc.nat(128), (address, bits) => {
        expect(holds({ IpAddress: { 'aws:x': `${address}/${bits}` } }, { 'aws:x': address })).toBe(
          true,
        );
      }),
    );
  });

  it('find two addresses in one range when their first bits are the same', () => {
    const bitsOf = (address: string) =>
      address
        .split('.')
        .map((byte) => Number(byte).toString(2).padStart(8, '0'))
        .join('');
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.nat(32), (one, other, bits) => {
        const same = bitsOf(one).slice(0, bits) === bitsOf(other).slice(0, bits);
        expect(holds({ IpAddress: { 'aws:x': `${one}/${bits}` } }, { 'aws:x': other })).toBe(same);
      }),
    );
  });

  it('take no value for a pattern, whatever it is', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab*?$', ...'{}:/'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (tag, given) => {
        const principal = tagged(user(), { t: tag });
        const pattern = `\${aws:PrincipalTag/t}`;
        expect(holds({ StringLike: { 'aws:x': pattern } }, { 'aws:x': given }, principal)).toBe(
          tag === given,
        );
      }),
    );
  });
});

describe('limits', () => {
  it('never widen', () => {
    fc.assert(
      fc.property(statements, statements, fc.boolean(), asked, (own, limit, isBoundary, one) => {
        const identity = [compiled(own)];
        const before = evaluate(one, policies({ identity }));
        const limited = isBoundary
          ? { boundary: compiled(limit) }
          : { session: [compiled(limit, 'session')] };
        const after = evaluate(one, policies({ identity, ...limited }));
        if (!before.allowed) expect(after.allowed).toBe(false);
      }),
    );
  });

  it('that allow everything change nothing', () => {
    const everything = compiled({ Effect: 'Allow', Action: '*', Resource: '*' });
    fc.assert(
      fc.property(statements, asked, (own, one) => {
        const identity = [compiled(own)];
        const before = evaluate(one, policies({ identity }));
        expect(evaluate(one, policies({ identity, session: [everything] }))).toEqual(before);
        expect(evaluate(one, policies({ identity, boundary: everything }))).toEqual(before);
      }),
    );
  });
});

describe('accounts', () => {
  const inBucket = fc.constantFrom('arn:aws:s3:::a', 'arn:aws:s3:::a/*', 'arn:aws:s3:::?/k');
  const principal = fc.constantFrom<unknown>(
    '*',
    { AWS: accountId },
    { AWS: user().arn },
    { AWS: roleSession().arn },
    { AWS: `arn:aws:iam::${accountId}:role/job` },
  );
  const bucket = list(
    fc.record({
      Effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
      Principal: principal,
      Action: fc.constantFrom('s3:*', 's3:Get'),
      Resource: inBucket,
    }),
  );
  const caller = fc.constantFrom(user(), roleSession(), root());

  it('of another owner need both sides', () => {
    fc.assert(
      fc.property(statements, bucket, caller, asked, (own, open, who, one) => {
        const from = { ...one, principal: who, resourceAccountId: otherAccountId };
        const identity = [compiled(own)];
        const resource = [compiled(open, 'bucket')];
        const bothSides = evaluate(from, policies({ identity, resource }));
        const ownSide =
          who.kind === 'root' ||
          evaluate({ ...from, resourceAccountId: null }, policies({ identity })).allowed;
        if (!ownSide) expect(bothSides.allowed).toBe(false);
        expect(evaluate(from, policies({ identity })).allowed).toBe(false);
      }),
    );
  });

  it('are never wider across than within', () => {
    fc.assert(
      fc.property(statements, bucket, caller, asked, (own, open, who, one) => {
        const some = policies({ identity: [compiled(own)], resource: [compiled(open, 'bucket')] });
        const within = evaluate({ ...one, principal: who, resourceAccountId: accountId }, some);
        const across = evaluate(
          { ...one, principal: who, resourceAccountId: otherAccountId },
          some,
        );
        if (across.allowed) expect(within.allowed).toBe(true);
      }),
    );
  });

  it('belong to their root users, but for what a resource denies', () => {
    fc.assert(
      fc.property(statements, bucket, asked, (own, open, one) => {
        const from = { ...one, principal: root(), resourceAccountId: accountId };
        const limit = compiled(own);
        const some = { identity: [limit], boundary: limit, session: [limit] };
        expect(evaluate(from, policies(some)).allowed).toBe(true);
        expect(
          evaluate(from, policies({ ...some, resource: [compiled(open, 'bucket')] })).reason,
        ).not.toBe('implicitDeny');
      }),
    );
  });

  it('give nothing to nobody that a resource does not give to everyone', () => {
    fc.assert(
      fc.property(bucket, asked, (open, one) => {
        const resource = [compiled(open, 'bucket')];
        const from = { ...one, principal: anonymous, resourceAccountId: accountId };
        if (evaluate(from, policies({ resource })).allowed)
          expect(
            open.some(({ Principal, Effect }) => Principal === '*' && Effect === 'Allow'),
          ).toBe(true);
      }),
    );
  });
});

describe('the simulator', () => {
  it('decides as evaluation does, and names what decided', () => {
    fc.assert(
      fc.property(statements, asked, (own, one) => {
        const some = policies({ identity: [compiled(own)] });
        const { evalDecision, matchedStatements } = simulate(one, some);
        expect(evalDecision).toBe(evaluate(one, some).reason);
        expect(matchedStatements.length > 0).toBe(evalDecision !== 'implicitDeny');
      }),
    );
  });

  it('misses no key that would change the decision', () => {
    fc.assert(
      fc.property(statements, asked, value, (own, one, given) => {
        const some = policies({ identity: [compiled(own)] });
        const { missingContextValues, evalDecision } = simulate(one, some);
        const missing = new Set(missingContextValues.map((name) => name.toLowerCase()));
        const known = contextKeysOf([compiled(own)]).map((name) => name.toLowerCase());
        for (const name of known) {
          if (missing.has(name) || name in one.context) continue;
          const more = { ...one, context: { ...one.context, [name]: given } };
          expect(evaluate(more, some).reason).toBe(evalDecision);
        }
      }),
    );
  });
});

describe('anything at all', () => {
  const kind = fc.constantFrom<PolicyKind>(
    'managed',
    'userInline',
    'groupInline',
    'roleInline',
    'session',
    'bucket',
    'trust',
  );
  const name = fc.constantFrom(
    'Version',
    'Id',
    'Statement',
    'Sid',
    'Effect',
    'Principal',
    'Action',
    'Resource',
    'Condition',
    'StringEquals',
    'AWS',
    'x',
  );
  const leaf = fc.constantFrom<unknown>(
    '2012-10-17',
    'Allow',
    '*',
    's3:Get',
    'arn:aws:s3:::b/*',
    '',
    7,
    true,
    null,
  );
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(name, tie('json'), { maxKeys: 5 }),
    ),
  }));

  it('is a policy or a malformed one', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          json.map((each) => JSON.stringify(each)),
          fc.string(),
        ),
        kind,
        (text, of) => {
          try {
            const some = policies({ identity: [compilePolicy(text, of)] });
            const one = request('s3:Get', 'arn:aws:s3:::b/k');
            expect(denialMessage(one, evaluate(one, some))).toContain('s3:Get');
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedPolicy);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('may be asked', () => {
    const some = policies({
      identity: [
        compilePolicy(
          document({
            Effect: 'Allow',
            Action: 's3:*',
            Resource: 'arn:aws:s3:*:*:b/*',
            Condition: { IpAddress: { 'aws:x': '10.0.0.0/8' } },
          }),
          'managed',
        ),
      ],
    });
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (action, resource, given) => {
        const one = request(action, resource, { 'aws:x': given, __proto__: given });
        expect(['allowed', 'implicitDeny']).toContain(evaluate(one, some).reason);
      }),
    );
  });
});
