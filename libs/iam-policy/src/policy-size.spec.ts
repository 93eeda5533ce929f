/** reference_iam-quotas, "IAM and STS character limits". */
import { compilePolicy } from './compile.ts';
import { MalformedPolicy } from './malformed-policy.ts';
import type { PolicyKind } from './policy-kind.ts';
import { policySize, requireWithinLimit } from './policy-size.ts';
import { document } from './test/cases.ts';

const thrown = (act: () => void): unknown => {
  try {
    act();
    return null;
  } catch (error) {
    return error;
  }
};

it.each<[PolicyKind, number, string, string]>([
  ['managed', 6_144, 'LimitExceeded', 'Cannot exceed quota for PolicySize: 6144'],
  ['userInline', 2_048, 'LimitExceeded', 'Maximum policy size of 2048 bytes exceeded for user x'],
  ['groupInline', 5_120, 'LimitExceeded', 'Maximum policy size of 5120 bytes exceeded for group x'],
  ['roleInline', 10_240, 'LimitExceeded', 'Maximum policy size of 10240 bytes exceeded for role x'],
  ['trust', 2_048, 'LimitExceeded', 'Cannot exceed quota for ACLSizePerRole: 2048'],
  [
    'session',
    2_048,
    'PackedPolicyTooLarge',
    'Packed policy consumes 101% of allotted space, please use smaller policy.',
  ],
  ['bucket', 20_480, 'PolicyTooLarge', 'Policy exceeds the maximum allowed document size.'],
])('%s: %d characters', (kind, limit, code, message) => {
  expect(thrown(() => requireWithinLimit(kind, ['a'.repeat(limit)], 'x'))).toBeNull();
  const error = thrown(() => requireWithinLimit(kind, ['a'.repeat(limit + 1)], 'x'));
  expect(error).toBeInstanceOf(MalformedPolicy);
  expect(error).toMatchObject({ code, message });
});

it('does not count white space', () => {
  expect(policySize('{ "a":\n\t"b" }\r\n')).toBe(9);
});

it('adds up the inline policies of one identity', () => {
  const half = 'a'.repeat(1_100);
  expect(thrown(() => requireWithinLimit('userInline', [half, half], 'alice'))).toMatchObject({
    message: 'Maximum policy size of 2048 bytes exceeded for user alice',
  });
});

it('looks at the size before it reads', () => {
  const statement = { Effect: 'Allow', Action: '*', Resource: `arn:aws:s3:::${'a'.repeat(7_000)}` };
  expect(thrown(() => compilePolicy(document(statement), 'managed'))).toMatchObject({
    code: 'LimitExceeded',
  });
});
