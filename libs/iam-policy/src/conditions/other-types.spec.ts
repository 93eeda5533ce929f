/** Bool, Binary and Null of reference_policies_elements_condition_operators. */
import { type Context, holds } from '../test/cases.ts';

type Row = [string, Record<string, unknown>, Context, boolean];

describe('Bool', () => {
  const key = 'aws:SecureTransport';
  it.each<Row>([
    ['the page: no SSL', { [key]: 'false' }, { [key]: 'false' }, true],
    ['the page: with SSL', { [key]: 'false' }, { [key]: 'true' }, false],
    ['a JSON boolean (example aws_mfa-dates)', { [key]: true }, { [key]: 'true' }, true],
    ['a boolean of the request', { [key]: 'true' }, { [key]: true }, true],
    ['letters of any size', { [key]: 'TRUE' }, { [key]: 'true' }, true],
    ['the key is not there', { [key]: 'true' }, {}, false],
    ['the key is not there: also not false', { [key]: 'false' }, {}, false],
    ['no variables', { [key]: `\${aws:SecureTransport}` }, { [key]: 'true' }, false],
  ])('%s: %j of %j is %s', (_section, block, context, expected) => {
    expect(holds({ Bool: block }, context)).toBe(expected);
  });
});

describe('BinaryEquals', () => {
  it.each<Row>([
    [
      'the page: byte for byte',
      { k: 'QmluYXJ5VmFsdWVJbkJhc2U2NA==' },
      { k: 'QmluYXJ5VmFsdWVJbkJhc2U2NA==' },
      true,
    ],
    ['padding says nothing', { k: 'QQ==' }, { k: 'QQ' }, true],
    ['other bytes', { k: 'QQ==' }, { k: 'Qg==' }, false],
    ['what is no base64 equals nothing', { k: 'QQ==' }, { k: 'Q' }, false],
    ['one of several', { k: ['QQ==', 'Qg=='] }, { k: 'Qg==' }, true],
    ['the key is not there', { k: 'QQ==' }, {}, false],
  ])('%s: %j of %j is %s', (_section, block, context, expected) => {
    expect(holds({ BinaryEquals: block }, context)).toBe(expected);
  });
});

describe('Null', () => {
  const key = 'aws:TokenIssueTime';
  it.each<Row>([
    ['the page: own credentials', { [key]: 'true' }, {}, true],
    [
      'the page: temporary credentials',
      { [key]: 'true' },
      { [key]: '2026-01-01T00:00:00Z' },
      false,
    ],
    ['the key exists', { [key]: 'false' }, { [key]: 'x' }, true],
    ['the key does not exist', { [key]: 'false' }, {}, false],
    ['a JSON boolean', { [key]: true }, {}, true],
    [
      'an empty list is no value (condition: request context)',
      { [key]: 'true' },
      { [key]: [] },
      true,
    ],
    [
      'an empty string is null (condition: request context)',
      { [key]: 'false' },
      { [key]: '' },
      false,
    ],
    ['a key with several values', { [key]: 'false' }, { [key]: ['a', 'b'] }, true],
    ['several values are OR', { [key]: ['true', 'false'] }, {}, true],
    ['two keys are AND', { [key]: 'true', k: 'false' }, { k: 'v' }, true],
    ['two keys are AND', { [key]: 'true', k: 'false' }, {}, false],
  ])('%s: %j of %j is %s', (_section, block, context, expected) => {
    expect(holds({ Null: block }, context)).toBe(expected);
  });
});
