import { ServiceUnavailable } from '@firesteel/http/internal-client';
import { policiesAtAuthorizer } from './bucket-policies.ts';
import { toS3Failure } from './s3-errors.ts';

const caller = {
  accountId: '123456789012',
  principal: 'arn:aws:iam::123456789012:root',
  requestId: 'request',
};

/** Policies at an authorizer that answers so, or throws; and what it was asked. */
const at = (answer: unknown) => {
  const asked: unknown[] = [];
  const policies = policiesAtAuthorizer({
    call: async (...call) => {
      asked.push(call);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { policies, asked };
};

it('are put, read and dropped by the name of the bucket', async () => {
  const put = at({ refusal: null });
  await put.policies.put(caller, 'a.b', '{}');
  const body = { accountId: '123456789012', document: '{}' };
  expect(put.asked).toEqual([['POST', '/v1/bucket-policies/a.b', { caller, body }]]);
  const policy = { document: '{}', isPublic: true };
  const get = at({ policy });
  expect(await get.policies.get('a.b')).toEqual(policy);
  expect(get.asked).toEqual([['GET', '/v1/bucket-policies/a.b']]);
  expect(await at({ policy: null }).policies.get('a.b')).toBeNull();
  const dropped = at({});
  await dropped.policies.drop(caller, 'a.b');
  expect(dropped.asked).toEqual([['DELETE', '/v1/bucket-policies/a.b', { caller }]]);
});

it('are refused as the authorizer says', async () => {
  const refusal = { code: 'MalformedPolicy', message: 'Policy has invalid resource' };
  const failed = await at({ refusal }).policies.put(caller, 'b', '{}').catch(toS3Failure);
  expect(failed).toMatchObject({
    message: 'Policy has invalid resource',
    s3: { code: 'MalformedPolicy', status: 400 },
  });
});

it.each<[string, unknown]>([
  ['is away', new ServiceUnavailable('iam-authorizer')],
  ['refuses', new Error('not you')],
])('are unknown when the authorizer %s', async (_name, answer) => {
  const { policies } = at(answer);
  for (const asked of [
    policies.put(caller, 'b', '{}'),
    policies.get('b'),
    policies.drop(caller, 'b'),
  ])
    expect(await asked.catch(toS3Failure)).toMatchObject({
      s3: { code: 'ServiceUnavailable', status: 503 },
    });
});

it('are unknown when the authorizer answers something else', async () => {
  const { policies } = at({ allowed: true });
  for (const asked of [policies.put(caller, 'b', '{}'), policies.get('b')])
    expect(await asked.catch(toS3Failure)).toMatchObject({ s3: { code: 'ServiceUnavailable' } });
});
