import type { BucketPolicyEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import { type BucketPolicyCommand, BucketPolicyRefused, bucketPolicy } from './bucket-policy.ts';

const at = '2026-11-27T10:00:00.000Z';
const accountId = '123456789012';
const readable = (Resource: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource },
  });
const all = readable('arn:aws:s3:::lake/*');
const some = ` ${readable('arn:aws:s3:::lake/public/*')}\n`;
const put = (document: string, account = accountId): BucketPolicyCommand => ({
  type: 'PutBucketPolicy',
  bucket: 'lake',
  accountId: account,
  document,
  at,
});
const wasPut = (document: string, account = accountId): BucketPolicyEvent => ({
  type: 'BucketPolicyPut',
  data: { bucket: 'lake', accountId: account, document, at },
});
const remove: BucketPolicyCommand = { type: 'DeleteBucketPolicy', at };
const removed: BucketPolicyEvent = { type: 'BucketPolicyDeleted', data: { at } };

it.each<[string, BucketPolicyEvent[], BucketPolicyCommand, object]>([
  ['puts one, byte for byte', [], put(some), { events: [wasPut(some)] }],
  ['puts another in its place', [wasPut(all)], put(some), { events: [wasPut(some)] }],
  ['is put once', [wasPut(all)], put(all), { events: [] }],
  [
    'is another’s when another account puts the same',
    [wasPut(all)],
    put(all, '222222222222'),
    { events: [wasPut(all, '222222222222')] },
  ],
  [
    'is put again after it was deleted',
    [wasPut(all), removed],
    put(all),
    { events: [wasPut(all)] },
  ],
  ['deletes it', [wasPut(all)], remove, { events: [removed] }],
  ['deletes it once', [wasPut(all), removed], remove, { events: [] }],
  ['deletes none where none was', [], remove, { events: [] }],
  [
    'refuses what is no policy',
    [wasPut(all)],
    put('policy'),
    { refused: "Invalid: Policies must be valid JSON and the first byte must be '{'" },
  ],
  [
    'refuses a policy of another bucket',
    [],
    put(readable('arn:aws:s3:::other/*')),
    { refused: 'Invalid: Policy has invalid resource' },
  ],
  [
    'refuses more than 20 KB',
    [],
    put(readable(`arn:aws:s3:::lake/${'a'.repeat(20_480)}`)),
    { refused: 'Invalid: Policy exceeds the maximum allowed document size.' },
  ],
])('%s', (_name, history, command, outcome) => {
  expect(given(bucketPolicy, history).when(command)).toEqual(outcome);
});

it('refuses with S3’s code', () => {
  const refused = (document: string): string => {
    try {
      bucketPolicy.decide(put(document), bucketPolicy.initial);
      return 'none';
    } catch (error) {
      return error instanceof BucketPolicyRefused ? error.code : String(error);
    }
  };
  expect(refused('{}')).toBe('MalformedPolicy');
  expect(refused(readable(`arn:aws:s3:::lake/${'a'.repeat(20_480)}`))).toBe('PolicyTooLarge');
});

it('holds what was put last, by whom', () => {
  expect(given(bucketPolicy, [wasPut(all), wasPut(some, '222222222222')]).state).toEqual({
    exists: true,
    bucket: 'lake',
    accountId: '222222222222',
    document: some,
  });
  expect(given(bucketPolicy, [wasPut(all), removed]).state).toEqual({ exists: false });
});
