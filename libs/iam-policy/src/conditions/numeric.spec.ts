/** reference_policies_elements_condition_operators, Numeric. */
import { holds } from '../test/cases.ts';
import { readNumber } from './numeric.ts';

it.each<[string, string, string | number, string, boolean]>([
  ['the page: up to 10 keys', 'NumericLessThanEquals', '10', '10', true],
  ['the page: up to 10 keys', 'NumericLessThanEquals', '10', '11', false],
  ['numbers, not texts', 'NumericLessThan', '10', '9', true],
  ['equal as numbers', 'NumericEquals', '10', '10.0', true],
  ['equal as numbers', 'NumericEquals', '10', '1e1', true],
  ['not equal', 'NumericEquals', '10', '10.5', false],
  ['decimals', 'NumericGreaterThan', '0.5', '0.75', true],
  ['negative numbers', 'NumericLessThan', '0', '-3', true],
  ['a JSON number', 'NumericLessThanEquals', 3_600, '3599', true],
  ['negated', 'NumericNotEquals', '10', '11', true],
  ['negated', 'NumericNotEquals', '10', '10', false],
  ['at the limit', 'NumericLessThan', '10', '10', false],
  ['at the limit', 'NumericGreaterThan', '10', '10', false],
  ['at the limit', 'NumericGreaterThanEquals', '10', '10', true],
  ['what is no number compares with nothing', 'NumericLessThan', '10', 'few', false],
  ['what is no number equals nothing', 'NumericNotEquals', '10', 'few', true],
  ['nor does nothing', 'NumericLessThan', '10', '', false],
])('%s: %s %s of %s is %s', (_name, operator, stated, requested, expected) => {
  expect(holds({ [operator]: { 's3:max-keys': stated } }, { 's3:max-keys': requested })).toBe(
    expected,
  );
});

it('is true when one of several values is exceeded', () => {
  const stated = { 'aws:x': ['100', '10'] };
  expect(holds({ NumericGreaterThan: stated }, { 'aws:x': 50 })).toBe(true);
});

it.each(['', ' 1', '1 ', '0x10', 'NaN', 'Infinity', '1,000', '1e', '.', '--1'])(
  'takes %j for no number',
  (text) => {
    expect(readNumber(text)).toBeNull();
  },
);
