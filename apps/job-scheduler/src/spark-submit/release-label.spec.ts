import { isAtLeast } from './release-label.ts';

it.each([
  ['emr-7.1.0', true],
  ['emr-7.13.0', true],
  ['emr-7.13.0-latest', true],
  ['emr-spark-8.0.0', true],
  ['emr-spark-8.0-preview', true],
  ['emr-10.0.0', true],
  ['emr-7.0.0', false],
  ['emr-6.15.0', false],
  ['other', false],
])('%s is at least 7.1: %s', (label, expected) => {
  expect(isAtLeast(label, 7, 1)).toBe(expected);
});
