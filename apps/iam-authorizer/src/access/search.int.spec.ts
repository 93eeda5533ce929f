/** Decisions as an audit asks for them. */
import type { AccessDecision } from '@firesteel/contracts/events';
import { type AuthorizerUnderTest, startAuthorizer } from '../test/authorizer-under-test.ts';
import { appendToTrails, trailOf } from './trail.ts';

let authorizer: AuthorizerUnderTest;
beforeAll(async () => {
  authorizer = await startAuthorizer();
});
afterAll(() => authorizer.stop());

const one = '111111111111';
const two = '222222222222';
const at = (day: number, hour: number, second = 0): string =>
  new Date(Date.UTC(2026, 0, day, hour, 0, second)).toISOString();
const decision = (requestId: string, more: Partial<AccessDecision> = {}): AccessDecision => ({
  requestId,
  accountId: one,
  principal: `arn:aws:iam::${one}:user/alice`,
  service: 's3',
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::bucket/key',
  allowed: true,
  decidedBy: 'rule',
  sourceIp: '127.0.0.1',
  at: at(1, 10),
  ...more,
});

const find = async (query: Record<string, string>): Promise<string[]> => {
  const { body } = await authorizer
    .get(`/v1/access?${new URLSearchParams(query)}`, 'operator')
    .expect(200);
  return body.decisions.map(({ requestId }: AccessDecision) => requestId);
};

const bob = `arn:aws:iam::${one}:user/bob`;
const all: readonly AccessDecision[] = [
  decision('old', { at: at(1, 9) }),
  decision('denied', { allowed: false, at: at(1, 10), decidedBy: 'no identity-based policy' }),
  decision('bob', { principal: bob, action: 'emr-serverless:StartJobRun', at: at(2, 10) }),
  decision('other account', {
    accountId: two,
    principal: 'arn:aws:iam::222222222222:root',
    at: at(2, 11),
  }),
  decision('nobody', { accountId: null, principal: null, allowed: false, at: at(2, 12) }),
  decision('odd_action', { action: 's3:Get_Object', at: at(3, 8) }),
  decision('newest', { action: 'emr-serverless:StopApplication', at: at(3, 9) }),
];

/** Writes decisions one by one, each in an event of its own, as a process of that life. */
const writerOf = (life: number) => {
  const append = appendToTrails(authorizer.orm.em);
  const numbers = new Map<string, number>();
  return async (each: AccessDecision): Promise<void> => {
    const trail = trailOf(life, each);
    const number = (numbers.get(trail) ?? 0) + 1;
    numbers.set(trail, number);
    await append([{ trail, number, decision: each }]);
  };
};

beforeAll(async () => {
  // Two lives of the process, the first of which wrote what is in the middle.
  const [earlier, later] = [writerOf(1_001), writerOf(1_002)];
  for (const [index, each] of all.entries()) await (index % 2 ? earlier : later)(each);
});

it.each<[string, Record<string, string>, string[]]>([
  [
    'everything of an account',
    { accountId: one },
    ['newest', 'odd_action', 'bob', 'denied', 'old'],
  ],
  ['the newest few', { accountId: one, limit: '2' }, ['newest', 'odd_action']],
  ['a principal', { principal: bob }, ['bob']],
  ['a user of any account', { principal: '*:user/bob' }, ['bob']],
  ['an action', { action: 'emr-serverless:StartJobRun' }, ['bob']],
  ['actions of a service', { action: 'EMR-serverless:*' }, ['newest', 'bob']],
  ['an action whose sign is no wildcard', { action: 's3:Get_Object' }, ['odd_action']],
  ['denials', { accountId: one, allowed: 'false' }, ['denied']],
  [
    'allowances of a time',
    { accountId: one, since: at(1, 10), until: at(2, 23), allowed: 'true' },
    ['bob'],
  ],
  ['a time, to the second', { accountId: one, since: at(3, 9), until: at(3, 9) }, ['newest']],
  ['a time in another zone', { accountId: one, since: '2026-01-03T10:00:00+01:00' }, ['newest']],
  [
    'a time of all accounts',
    { since: at(2, 10), until: at(2, 23) },
    ['nobody', 'other account', 'bob'],
  ],
  ['nothing there is', { principal: 'arn:aws:iam::111111111111:user/absent' }, []],
])('finds %s', async (_name, query, requests) => {
  expect(await find(query)).toEqual(requests);
});

it('finds what is far back in a long trail', async () => {
  const write = writerOf(1_003);
  const accountId = '333333333333';
  for (let second = 0; second < 600; second += 1)
    await write(
      decision(`r${second}`, {
        accountId,
        principal: second === 3 ? bob : 'arn:aws:iam::333333333333:root',
        at: at(5, 10, second),
      }),
    );
  expect(await find({ accountId, principal: bob })).toEqual(['r3']);
  expect(await find({ accountId, limit: '3' })).toEqual(['r599', 'r598', 'r597']);
  expect(await find({ accountId, limit: '1000' })).toHaveLength(600);
});

it('shows each decision as it was written down', async () => {
  const { body } = await authorizer.get(
    `/v1/access?principal=${bob}&limit=1&since=${at(2, 1)}&until=${at(2, 23)}`,
    'operator',
  );
  expect(body).toEqual({ decisions: [all[2]] });
});

it.each(['limit=0', 'limit=1001', 'since=yesterday', 'allowed=perhaps', 'accountId=12'])(
  'refuses %s',
  async (query) => {
    await authorizer.get(`/v1/access?${query}`, 'operator').expect(400);
  },
);

it('answers the operator alone', async () => {
  await authorizer.get('/v1/access', 'gateway').expect(403);
});
