import { accountOf, splitArn, splitTemplate } from './arn.ts';
import { readTemplate } from './template.ts';

it.each<[string, readonly string[] | null]>([
  ['arn:aws:s3:::b/k', ['arn', 'aws', 's3', '', '', 'b/k']],
  ['arn:aws:sns:us-east-1:1:t:more:still', ['arn', 'aws', 'sns', 'us-east-1', '1', 't:more:still']],
  ['arn:aws:s3::b', null],
  ['*', null],
  ['', null],
])('splits %s', (arn, components) => {
  expect(splitArn(arn)).toEqual(components);
});

it.each<[string, string | null]>([
  ['arn:aws:emr-serverless:us-east-1:123456789012:/applications/00f1', '123456789012'],
  ['arn:aws:s3:::b', null],
  ['arn:aws:iam::aws:policy/ReadOnlyAccess', null],
  ['*', null],
])('knows the account of %s', (arn, account) => {
  expect(accountOf(arn)).toBe(account);
});

it.each<[string, number]>([
  ['arn:aws:s3:::b', 6],
  ['arn:aws:sqs:*', 4],
  ['arn:aws:sns:r:1:t:more:still', 6],
  ['*', 1],
])('splits the pattern %s into %d components', (text, count) => {
  expect(splitTemplate(readTemplate(text, true))).toHaveLength(count);
});

it('does not split at the colon of a variable', () => {
  const components = splitTemplate(readTemplate(`arn:aws:iam::1:user/\${aws:username}-x:y`, true));
  expect(components).toHaveLength(6);
  expect(components[5]).toEqual([
    { type: 'text', text: 'user/' },
    { type: 'variable', name: 'aws:username', key: 'aws:username', fallback: null },
    { type: 'text', text: '-x:y' },
  ]);
});
