/** reference_policies_elements_condition_operators, ARN. */
import { holds, tagged, user } from '../test/cases.ts';

const topic = 'arn:aws:sns:us-east-1:123456789012:topic';
it.each<[string, string, string, boolean]>([
  ['exact', topic, topic, true],
  ['case counts', topic, topic.toUpperCase(), false],
  [
    'the page: * stays in its component',
    'arn:aws:someservice:*:111122223333:finance/*',
    'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt',
    false,
  ],
  [
    'the page: * of a component',
    'arn:aws:someservice:*:111122223333:finance/*',
    'arn:aws:someservice:us-east-2:111122223333:finance/document.txt',
    true,
  ],
  ['* of nothing', 'arn:aws:s3:*:*:bucket', 'arn:aws:s3:::bucket', true],
  [
    '? is one character',
    'arn:aws:ec2:eu-west-?:1:instance/i',
    'arn:aws:ec2:eu-west-2:1:instance/i',
    true,
  ],
  [
    '? is one character',
    'arn:aws:ec2:eu-west-?:1:instance/i',
    'arn:aws:ec2:eu-west-:1:instance/i',
    false,
  ],
  [
    'colons of the resource',
    'arn:aws:logs:*:*:log-group:*:log-stream:*',
    'arn:aws:logs:r:1:log-group:g:log-stream:s',
    true,
  ],
  ['the resource as a whole', 'arn:aws:logs:*:*:log-group', 'arn:aws:logs:r:1:log-group:g', false],
  ['wildcards in every component', '*:*:*:*:*:*', topic, true],
  ['fewer than six components match nothing', 'arn:aws:sns:*', topic, false],
  ['a star alone is no ARN', '*', topic, false],
  ['what is no ARN matches nothing', 'arn:aws:sns:*:*:*', 'topic', false],
])('%s: %s of %s is %s', (_name, stated, requested, expected) => {
  const context = { 'aws:SourceArn': requested };
  const block = { 'aws:SourceArn': stated };
  // "ArnEquals and ArnLike behave identically", and so do their negations.
  expect(holds({ ArnEquals: block }, context)).toBe(expected);
  expect(holds({ ArnLike: block }, context)).toBe(expected);
  expect(holds({ ArnNotEquals: block }, context)).toBe(!expected);
  expect(holds({ ArnNotLike: block }, context)).toBe(!expected);
});

it.each<[string, string, boolean]>([
  [
    'arn:aws:iam::123456789012:role/data-x',
    `arn:aws:iam::*:role/\${aws:PrincipalTag/team}-*`,
    true,
  ],
  ['arn:aws:iam::123456789012:role/ml-x', `arn:aws:iam::*:role/\${aws:PrincipalTag/team}-*`, false],
  ['arn:aws:iam::123456789012:role/x', `arn:aws:iam::\${aws:PrincipalAccount}:role/x`, true],
  ['arn:aws:iam::123456789012:role/x', `arn:aws:iam::*:role/\${aws:PrincipalTag/none}`, false],
  ['arn:aws:s3:::b:c', `arn:aws:s3:\${aws:PrincipalTag/colons}`, false],
])(
  'fills variables: %s of %s is %s (reference_policies_variables)',
  (requested, stated, expected) => {
    const principal = tagged(user(), { team: 'data', colons: '::b:c' });
    expect(holds({ ArnLike: { 'aws:x': stated } }, { 'aws:x': requested }, principal)).toBe(
      expected,
    );
  },
);
