/**
 * ForAllValues and ForAnyValue (reference_policies_multi-value-conditions), IfExists
 * (reference_policies_elements_condition_operators) and keys that are not there.
 */
import { type Context, holds } from '../test/cases.ts';

type Row = [string, string, unknown, Context, boolean];

const key = 'dynamodb:Attributes';
const holdsFor = (operator: string, stated: unknown, context: Context): boolean =>
  holds({ [operator]: { [key]: stated } }, context);

describe('sets', () => {
  const listed = ['ID', 'Message', 'Tags'];
  it.each<Row>([
    [
      'example: all are listed',
      'ForAllValues:StringEquals',
      listed,
      { [key]: ['Message', 'Tags'] },
      true,
    ],
    [
      'example: one is not',
      'ForAllValues:StringEquals',
      listed,
      { [key]: ['Message', 'UserName'] },
      false,
    ],
    [
      'a single value is a set of one',
      'ForAllValues:StringEquals',
      listed,
      { [key]: 'Tags' },
      true,
    ],
    ['Warning: no key', 'ForAllValues:StringEquals', listed, {}, true],
    ['Note: an empty list', 'ForAllValues:StringEquals', listed, { [key]: [] }, true],
    ['Warning: an empty string', 'ForAllValues:StringEquals', listed, { [key]: [''] }, true],
    ['wildcards', 'ForAllValues:StringLike', 'Mes*', { [key]: ['Message', 'Messenger'] }, true],
    ['wildcards', 'ForAllValues:StringLike', 'Mes*', { [key]: ['Message', 'Tags'] }, false],
    [
      'negated: none is listed',
      'ForAllValues:StringNotEquals',
      listed,
      { [key]: ['a', 'b'] },
      true,
    ],
    [
      'negated: one is listed',
      'ForAllValues:StringNotEquals',
      listed,
      { [key]: ['a', 'ID'] },
      false,
    ],
    ['negated: no key', 'ForAllValues:StringNotEquals', listed, {}, true],
    [
      'example: one is forbidden',
      'ForAnyValue:StringEquals',
      ['ID', 'PostDateTime'],
      { [key]: ['PostDateTime', 'Message'] },
      true,
    ],
    [
      'example: none is',
      'ForAnyValue:StringEquals',
      ['ID', 'PostDateTime'],
      { [key]: ['UserName'] },
      false,
    ],
    [
      'evaluation logic: the last of six tests',
      'ForAnyValue:StringEquals',
      ['ID', 'PostDateTime'],
      { [key]: ['UserName', 'Message', 'PostDateTime'] },
      true,
    ],
    ['no key', 'ForAnyValue:StringEquals', listed, {}, false],
    ['Note: an empty list', 'ForAnyValue:StringEquals', listed, { [key]: [] }, false],
    ['a null data set', 'ForAnyValue:StringLike', '*', { [key]: '' }, false],
    [
      'negated: one is not listed',
      'ForAnyValue:StringNotEquals',
      listed,
      { [key]: ['ID', 'x'] },
      true,
    ],
    [
      'negated: all are listed',
      'ForAnyValue:StringNotEquals',
      listed,
      { [key]: ['ID', 'Tags'] },
      false,
    ],
    ['negated: no key', 'ForAnyValue:StringNotEquals', listed, {}, false],
    ['numbers', 'ForAllValues:NumericLessThan', '10', { [key]: ['1', '9'] }, true],
    ['numbers', 'ForAllValues:NumericLessThan', '10', { [key]: ['1', '10'] }, false],
    [
      'ARNs',
      'ForAnyValue:ArnLike',
      'arn:aws:s3:::a*',
      { [key]: ['arn:aws:s3:::b', 'arn:aws:s3:::ab'] },
      true,
    ],
    [
      'addresses',
      'ForAllValues:IpAddress',
      '10.0.0.0/8',
      { [key]: ['10.1.1.1', '10.2.2.2'] },
      true,
    ],
    ['booleans', 'ForAllValues:Bool', 'true', { [key]: ['true', 'false'] }, false],
    [
      'a key with several values needs a set operator',
      'StringEquals',
      'ID',
      { [key]: ['ID', 'Tags'] },
      false,
    ],
    ['… and is not equal to any', 'StringNotEquals', 'ID', { [key]: ['ID', 'Tags'] }, true],
    ['a list of one is one value', 'StringEquals', 'ID', { [key]: ['ID'] }, true],
  ])('%s: %s %j of %j is %s', (_section, operator, stated, context, expected) => {
    expect(holdsFor(operator, stated, context)).toBe(expected);
  });
});

describe('…IfExists', () => {
  it.each<Row>([
    ['not there', 'StringLikeIfExists', ['t1.*', 't2.*'], {}, true],
    ['there, and like it', 'StringLikeIfExists', ['t1.*', 't2.*'], { [key]: 't2.micro' }, true],
    ['there, and not', 'StringLikeIfExists', ['t1.*', 't2.*'], { [key]: 'm5.large' }, false],
    ['negated: still true without the key', 'StringNotEqualsIfExists', 'a', {}, true],
    ['negated, there', 'StringNotEqualsIfExists', 'a', { [key]: 'a' }, false],
    ['numbers', 'NumericGreaterThanIfExists', '1800', {}, true],
    ['dates', 'DateLessThanIfExists', '2020-01-01', {}, true],
    ['booleans', 'BoolIfExists', 'false', {}, true],
    ['booleans, there', 'BoolIfExists', 'false', { [key]: 'true' }, false],
    ['bytes', 'BinaryEqualsIfExists', 'QQ==', {}, true],
    ['addresses', 'IpAddressIfExists', '10.0.0.0/8', {}, true],
    ['ARNs', 'ArnEqualsIfExists', 'arn:aws:s3:::b', {}, true],
    ['an empty list is not there', 'StringEqualsIfExists', 'a', { [key]: [] }, true],
    ['an empty string is there', 'StringEqualsIfExists', 'a', { [key]: '' }, false],
    ['with a set', 'ForAllValues:StringEqualsIfExists', 'a', { [key]: ['a', 'b'] }, false],
    ['with a set, not there', 'ForAnyValue:StringEqualsIfExists', 'a', {}, true],
  ])('%s: %s %j of %j is %s', (_section, operator, stated, context, expected) => {
    expect(holdsFor(operator, stated, context)).toBe(expected);
  });
});

it.each<[string, unknown, boolean]>([
  ['StringEquals', 'a', false],
  ['StringNotEquals', 'a', true],
  ['StringEqualsIgnoreCase', 'a', false],
  ['StringNotEqualsIgnoreCase', 'a', true],
  ['StringLike', '*', false],
  ['StringNotLike', '*', true],
  ['NumericEquals', '1', false],
  ['NumericNotEquals', '1', true],
  ['NumericLessThan', '1', false],
  ['NumericLessThanEquals', '1', false],
  ['NumericGreaterThan', '1', false],
  ['NumericGreaterThanEquals', '1', false],
  ['DateEquals', '2020-01-01', false],
  ['DateNotEquals', '2020-01-01', true],
  ['DateLessThan', '2020-01-01', false],
  ['DateGreaterThanEquals', '2020-01-01', false],
  ['Bool', 'true', false],
  ['BinaryEquals', 'QQ==', false],
  ['IpAddress', '0.0.0.0/0', false],
  ['NotIpAddress', '0.0.0.0/0', true],
  ['ArnEquals', 'arn:aws:s3:::b', false],
  ['ArnNotEquals', 'arn:aws:s3:::b', true],
  ['ArnLike', '*:*:*:*:*:*', false],
  ['ArnNotLike', '*:*:*:*:*:*', true],
  ['Null', 'true', true],
])(
  '%s of %j without its key is %s (condition_operators, Important)',
  (operator, stated, expected) => {
    expect(holdsFor(operator, stated, {})).toBe(expected);
  },
);

it('ignores an unknown operator that has nothing to compare', () => {
  expect(holds({ StringSimilar: {} }, {})).toBe(true);
});

it('needs every operator of the block', () => {
  const condition = {
    StringEquals: { 'aws:PrincipalAccount': '123456789012' },
    StringEqualsIgnoreCase: { 'aws:x': ['finance', 'hr'], 'aws:y': ['audit'] },
  };
  expect(holds(condition, { 'aws:x': 'HR', 'aws:y': 'Audit' })).toBe(true);
  expect(holds(condition, { 'aws:x': 'HR', 'aws:y': 'security' })).toBe(false);
  expect(holds(condition, { 'aws:x': 'HR' })).toBe(false);
});
