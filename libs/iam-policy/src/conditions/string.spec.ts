/** Sections of reference_policies_elements_condition_operators and reference_policies_variables (IAM user guide). */
import { type Context, holds, tagged, user } from '../test/cases.ts';

type Row = [string, Record<string, unknown>, Context, boolean];

describe('StringEquals', () => {
  it.each<Row>([
    ['condition: values know case', { 'aws:x': 'john' }, { 'aws:x': 'john' }, true],
    ['condition: values know case', { 'aws:x': 'john' }, { 'aws:x': 'John' }, false],
    ['condition: key names know no case', { 'aws:SourceIP': 'a' }, { 'AWS:sourceIp': 'a' }, true],
    ['String: exact', { 'aws:x': 'ab' }, { 'aws:x': 'abc' }, false],
    ['String: wildcards are for StringLike', { 'aws:x': 'a*' }, { 'aws:x': 'abc' }, false],
    ['String: wildcards are for StringLike', { 'aws:x': 'a*' }, { 'aws:x': 'a*' }, true],
    ['String: the key is not there', { 'aws:x': 'a' }, {}, false],
    ['multi-value: several values are OR', { 'aws:x': ['a', 'b'] }, { 'aws:x': 'b' }, true],
    ['multi-value: several values are OR', { 'aws:x': ['a', 'b'] }, { 'aws:x': 'c' }, false],
    [
      'multi-value: several keys are AND',
      { 'aws:x': 'a', 'aws:y': 'b' },
      { 'aws:x': 'a', 'aws:y': 'b' },
      true,
    ],
    [
      'multi-value: several keys are AND',
      { 'aws:x': 'a', 'aws:y': 'b' },
      { 'aws:x': 'a', 'aws:y': 'c' },
      false,
    ],
    ['grammar: values may be booleans', { 'aws:x': true }, { 'aws:x': true }, true],
    ['grammar: values may be numbers', { 'aws:x': 10 }, { 'aws:x': 10 }, true],
    ['condition: an empty string is a value', { 's3:prefix': '' }, { 's3:prefix': '' }, true],
    ['no values match nothing', { 'aws:x': [] }, { 'aws:x': 'a' }, false],
  ])('%s: %j of %j is %s', (_section, block, context, expected) => {
    expect(holds({ StringEquals: block }, context)).toBe(expected);
  });
});

describe('the other string operators', () => {
  it.each<[string, ...Row]>([
    ['StringNotEquals', 'String: negated', { 'aws:x': 'a' }, { 'aws:x': 'b' }, true],
    ['StringNotEquals', 'String: negated', { 'aws:x': 'a' }, { 'aws:x': 'a' }, false],
    ['StringNotEquals', 'Important: the key is not there', { 'aws:x': 'a' }, {}, true],
    [
      'StringNotEquals',
      'multi-value note: none may match',
      { 'aws:x': ['a', 'b'] },
      { 'aws:x': 'b' },
      false,
    ],
    [
      'StringNotEquals',
      'multi-value note: none may match',
      { 'aws:x': ['a', 'b'] },
      { 'aws:x': 'c' },
      true,
    ],
    [
      'StringEqualsIgnoreCase',
      'condition: johndoe or JohnDoe',
      { 'aws:x': 'johndoe' },
      { 'aws:x': 'JohnDoe' },
      true,
    ],
    [
      'StringEqualsIgnoreCase',
      'String: exact',
      { 'aws:x': 'johndoe' },
      { 'aws:x': 'JohnDoe2' },
      false,
    ],
    ['StringNotEqualsIgnoreCase', 'String: negated', { 'aws:x': 'hr' }, { 'aws:x': 'HR' }, false],
    ['StringNotEqualsIgnoreCase', 'String: negated', { 'aws:x': 'hr' }, { 'aws:x': 'it' }, true],
    ['StringLike', 'String: *', { 's3:prefix': 'home/*' }, { 's3:prefix': 'home/a/b' }, true],
    [
      'StringLike',
      'String: * is none too',
      { 's3:prefix': 'home/*' },
      { 's3:prefix': 'home/' },
      true,
    ],
    ['StringLike', 'String: * anywhere', { 'aws:x': '*-prod-*' }, { 'aws:x': 'eu-prod-7' }, true],
    ['StringLike', 'String: ?', { 'aws:x': 't?.micro' }, { 'aws:x': 't3.micro' }, true],
    ['StringLike', 'String: ? is one', { 'aws:x': 't?.micro' }, { 'aws:x': 't.micro' }, false],
    [
      'StringLike',
      'String: partial strings need wildcards',
      { 'aws:x': 'home' },
      { 'aws:x': 'home/' },
      false,
    ],
    ['StringLike', 'String: case-sensitive', { 'aws:x': 'Home*' }, { 'aws:x': 'home/' }, false],
    [
      'StringLike',
      'String: the empty prefix of a home directory',
      { 's3:prefix': ['', 'home/'] },
      { 's3:prefix': '' },
      true,
    ],
    ['StringNotLike', 'String: negated', { 'aws:x': 'a*' }, { 'aws:x': 'abc' }, false],
    ['StringNotLike', 'String: negated', { 'aws:x': 'a*' }, { 'aws:x': 'bc' }, true],
    ['StringNotLike', 'Important: the key is not there', { 'aws:x': 'a*' }, {}, true],
  ])('%s, %s: %j of %j is %s', (operator, _section, block, context, expected) => {
    expect(holds({ [operator]: block }, context)).toBe(expected);
  });
});

describe('variables in conditions (reference_policies_variables)', () => {
  const David = tagged(user('David'), { team: 'yellow', star: 'a*c' });
  it.each<[string, string, string, string, boolean]>([
    ['Using variables', 'StringLike', `\${aws:username}/*`, 'David/x', true],
    ['Using variables', 'StringLike', `\${aws:username}/*`, 'Diego/x', false],
    ['Condition element', 'StringEquals', `\${aws:PrincipalTag/team}`, 'yellow', true],
    ['Important: no case in names', 'StringEquals', `\${AWS:principaltag/TEAM}`, 'yellow', true],
    ['string comparisons of any kind', 'StringEqualsIgnoreCase', `\${aws:username}`, 'DAVID', true],
    ['no value: no equal', 'StringEquals', `\${aws:PrincipalTag/crew}`, '', false],
    ['no value: no like', 'StringLike', `\${aws:PrincipalTag/crew}*`, 'x', false],
    [
      'no value: inverted operators match',
      'StringNotEquals',
      `\${aws:PrincipalTag/crew}`,
      'x',
      true,
    ],
    [
      'no value: inverted operators match',
      'StringNotLike',
      `\${aws:PrincipalTag/crew}*`,
      'x',
      true,
    ],
    ['default', 'StringEquals', `\${aws:PrincipalTag/crew, 'none'}`, 'none', true],
    ['default not needed', 'StringEquals', `\${aws:PrincipalTag/team, 'none'}`, 'none', false],
    ['Special characters', 'StringLike', `a\${*}c`, 'abc', false],
    ['Special characters', 'StringLike', `a\${*}c`, 'a*c', true],
    ['Special characters', 'StringLike', `a\${?}*`, 'a?bc', true],
    ['Special characters', 'StringEquals', `\${$}{aws:username}`, `\${aws:username}`, true],
    ['a wildcard in a value is none', 'StringLike', `\${aws:PrincipalTag/star}`, 'abc', false],
    ['a wildcard in a value is itself', 'StringLike', `\${aws:PrincipalTag/star}`, 'a*c', true],
  ])('%s: %s %s of %s is %s', (_section, operator, stated, requested, expected) => {
    expect(holds({ [operator]: { 'aws:x': stated } }, { 'aws:x': requested }, David)).toBe(
      expected,
    );
  });

  it('takes no variable from a key with several values', () => {
    const context = { 'aws:TagKeys': ['a', 'b'], 'aws:x': 'a' };
    expect(holds({ StringEquals: { 'aws:x': `\${aws:TagKeys}` } }, context)).toBe(false);
  });
});

it('takes nothing the caller says of itself for what is known of it', () => {
  const context = { 'aws:username': 'root', 'aws:PrincipalTag/team': 'admin' };
  const caller = tagged(user('alice'), { team: 'data' });
  expect(holds({ StringEquals: { 'aws:username': 'root' } }, context, caller)).toBe(false);
  expect(holds({ StringEquals: { 'aws:PrincipalTag/team': 'admin' } }, context, caller)).toBe(
    false,
  );
});

it('finds nothing equal to two tags whose keys differ in case only (condition: unexpected failures)', () => {
  const context = { 'aws:ResourceTag/ec2': 'test1', 'aws:ResourceTag/EC2': 'test2' };
  expect(holds({ StringEquals: { 'aws:ResourceTag/EC2': 'test1' } }, context)).toBe(false);
});
