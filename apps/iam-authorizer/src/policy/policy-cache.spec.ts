import type { CompiledPolicy } from '@firesteel/iam-policy/compile';
import { evaluate } from '@firesteel/iam-policy/evaluate';
import { rootCaller } from '../authorize/callers.ts';
import { createPolicyCache } from './policy-cache.ts';

const document = (action: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: action, Resource: '*' },
  });

const reasonOf = (identity: CompiledPolicy[], resource: CompiledPolicy[] = []): string => {
  const { principal } = rootCaller('123456789012');
  return evaluate(
    {
      principal: { ...principal, kind: 'user', arn: 'arn:aws:iam::123456789012:user/a' },
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::bucket/key',
      resourceAccountId: null,
      context: {},
    },
    { identity, resource, boundary: null, session: null },
  ).reason;
};

it('compiles a text once, and another text of the same name anew', () => {
  const cache = createPolicyCache();
  const one = cache.compiled(document('s3:*'), 'managed', 'p');
  expect(cache.compiled(document('s3:*'), 'managed', 'p')).toBe(one);
  expect(cache.compiled(document('s3:Get*'), 'managed', 'p')).not.toBe(one);
  expect(cache.compiled(document('s3:*'), 'managed', 'q').name).toBe('q');
  expect(cache.compiled(document('s3:*'), 'session', 'p').kind).toBe('session');
});

it('knows the versions of a managed policy apart', () => {
  const cache = createPolicyCache();
  const first = cache.addVersion('ANPA1', 'v1', 'p', document('s3:*'));
  cache.addVersion('ANPA1', 'v2', 'p', document('iam:*'));
  expect(cache.version('ANPA1', 'v1')).toBe(first);
  expect(cache.version('ANPA1', 'v2')).not.toBe(first);
  expect(cache.version('ANPA2', 'v1')).toBeUndefined();
});

it('denies everything in the place of what earlier versions took for a policy', () => {
  const cache = createPolicyCache();
  const good = cache.compiled(document('s3:*'), 'managed', 'good');
  const odd = cache.compiled('{"Statement":[{"Effect":"Perhaps"}]}', 'roleInline', 'odd');
  expect(reasonOf([good])).toBe('allowed');
  expect(reasonOf([good, odd])).toBe('explicitDeny');
  expect(odd.name).toBe('odd (malformed)');
});

it('compiles what a bucket’s owner says once, and denies everything in the place of what is no policy', () => {
  const cache = createPolicyCache();
  const stored = { exists: true, bucket: 'b', accountId: '123456789012', document: '{}' } as const;
  const compiled = cache.bucketPolicy(stored);
  expect(cache.bucketPolicy(stored)).toBe(compiled);
  expect(cache.bucketPolicy({ ...stored })).not.toBe(compiled);
  expect(compiled.name).toBe('bucket policy b (malformed)');
  expect(reasonOf([cache.compiled(document('s3:*'), 'managed', 'p')], [compiled])).toBe(
    'explicitDeny',
  );
});
