/** Rows of reference_policies_variables. */
import { fill, readTemplate, type Variable } from './template.ts';

const values: Readonly<Record<string, string>> = {
  'aws:username': 'David',
  'aws:principaltag/team': 'yellow',
  'aws:empty': '',
};
const filled = (text: string, knowsVariables = true): string | null =>
  fill(
    readTemplate(text, knowsVariables),
    ({ key, fallback }: Variable) => values[key] ?? fallback,
  );

it.each<[string, string, string | null]>([
  ['Using variables in policies', `\${aws:username}/*`, 'David/*'],
  ['Important: key names know no case', `\${AWS:UserName}`, 'David'],
  ['Tags as policy variables', `bucket/\${aws:PrincipalTag/team}`, 'bucket/yellow'],
  ['Policy variables with no value', `x/\${aws:SourceVpc}`, null],
  ['a value that is empty', `[\${aws:empty}]`, '[]'],
  ['Specifying default values', `b-\${aws:PrincipalTag/crew, 'company-wide'}`, 'b-company-wide'],
  ['a default that is not needed', `b-\${aws:PrincipalTag/team, 'company-wide'}`, 'b-yellow'],
  ['a default without the space', `\${aws:PrincipalTag/crew,'x'}`, 'x'],
  ['an empty default', `[\${aws:PrincipalTag/crew, ''}]`, '[]'],
  ['a default with a comma', `\${aws:PrincipalTag/crew, 'a, b'}`, 'a, b'],
  ['Special characters', `\${*}\${?}\${$}`, '*?$'],
  ['a dollar before a variable', `\${$}{aws:username}`, `\${aws:username}`],
  ['several variables', `\${aws:username}.\${aws:username}`, 'David.David'],
  ['an open variable is text', `\${aws:username`, `\${aws:username`],
  ['a variable in an open one', `\${a\${aws:username}`, `\${aDavid`],
  ['a dollar without braces is text', '$aws:username $1', '$aws:username $1'],
])('%s: %s', (_section, text, expected) => {
  expect(filled(text)).toBe(expected);
});

it.each([`\${aws:username}`, `\${*}`, `\${x, 'y'}`])(
  'leaves %s alone in the older version',
  (text) => {
    expect(filled(text, false)).toBe(text);
  },
);
