/** reference_policies_elements_condition_operators, Date: W3C's ISO 8601 (NOTE-datetime) or epoch seconds. */
import { holds } from '../test/cases.ts';
import { readDate } from './date.ts';

it.each<[string, string, string, string, boolean]>([
  [
    'the page: tokens of 2020',
    'DateGreaterThan',
    '2020-01-01T00:00:01Z',
    '2020-06-01T00:00:00Z',
    true,
  ],
  [
    'the page: tokens of 2020',
    'DateGreaterThan',
    '2020-01-01T00:00:01Z',
    '2019-12-31T23:59:59Z',
    false,
  ],
  ['the same moment', 'DateEquals', '2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z', true],
  [
    'the same moment elsewhere',
    'DateEquals',
    '2020-01-01T00:00:00Z',
    '2020-01-01T01:00:00+01:00',
    true,
  ],
  ['the same moment in seconds', 'DateEquals', '2020-01-01T00:00:00Z', '1577836800', true],
  ['a day is its midnight', 'DateEquals', '2020-01-01', '2020-01-01T00:00:00Z', true],
  ['a month is its first day', 'DateEquals', '2020-03', '2020-03-01T00:00:00Z', true],
  ['without a zone it is UTC', 'DateEquals', '2020-01-01T10:00', '2020-01-01T10:00:00Z', true],
  ['fractions count', 'DateLessThan', '2020-01-01T00:00:00.500Z', '2020-01-01T00:00:00.499Z', true],
  ['before', 'DateLessThan', '2020-01-01T00:00:00Z', '2019-12-31T23:59:59Z', true],
  ['at', 'DateLessThan', '2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z', false],
  ['at or before', 'DateLessThanEquals', '2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z', true],
  ['at or after', 'DateGreaterThanEquals', '2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z', true],
  ['negated', 'DateNotEquals', '2020-01-01T00:00:00Z', '2020-01-01T00:00:01Z', true],
  ['negated', 'DateNotEquals', '2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z', false],
  ['what is no date compares with nothing', 'DateLessThan', '2020-01-01', 'yesterday', false],
])('%s: %s %s of %s is %s', (_name, operator, stated, requested, expected) => {
  expect(
    holds({ [operator]: { 'aws:CurrentTime': stated } }, { 'aws:CurrentTime': requested }),
  ).toBe(expected);
});

it.each<[string, string | null]>([
  ['2016-12-13T21:20:37.593194+00:00', '2016-12-13T21:20:37.593Z'],
  ['2016-12-13t02:00:00.593194+23', '2016-12-12T03:00:00.593Z'],
  ['2016-12-13T02:00-0830', '2016-12-13T10:30:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['0', '1970-01-01T00:00:00.000Z'],
  ['2016-12-13t2:00:00.593194+23', '2016-12-12T03:00:00.593Z'],
  ['2016-12-13T7', '2016-12-13T07:00:00.000Z'],
  ['01T', '0001-01-01T00:00:00.000Z'],
  ['1969-12-31T23:59:59Z', '1969-12-31T23:59:59.000Z'],
  ['-0001-03-01', '-000001-03-01T00:00:00.000Z'],
  ['-271820-01-01', '-271820-01-01T00:00:00.000Z'],
  ['292278994-01', null],
  ['-292275055', null],
  ['2023-02-29', null],
  ['2020-13', null],
  ['234-13', null],
  ['2020-01-01T24:00Z', null],
  ['2020-01-01T10:60Z', null],
  ['2020-01-01T10:00:00+24:00', null],
  ['2020-01-01T10:00:00.1999999999Z', null],
  ['9223372036854775808', null],
  ['sdfdsf', null],
  ['', null],
  ['2020-*', null],
])('reads %s as %s', (text, moment) => {
  const ms = readDate(text);
  expect(ms === null ? null : new Date(ms).toISOString()).toBe(moment);
});

it('orders moments of years that JavaScript lacks', () => {
  const moments = ['-292275054', '-271822', '0', '275761-01', '292278993-12-31'].map(readDate);
  expect(moments).not.toContain(null);
  expect(moments.toSorted((one, other) => Number(one) - Number(other))).toEqual(moments);
});
