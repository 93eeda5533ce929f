/** Policies of buckets as the object store asks for them, on a real PostgreSQL. */
import { openDatabase } from '@firesteel/event-store/database';
import { rootArn } from '../principal/principal.ts';
import {
  type AuthorizerUnderTest,
  accountId,
  root,
  startAuthorizer,
} from '../test/authorizer-under-test.ts';
import { type Keys, signed } from '../test/signing.ts';

let authorizer: AuthorizerUnderTest;
beforeAll(async () => {
  authorizer = await startAuthorizer();
});
afterAll(() => authorizer.stop());

const policy = (bucket: string, statement: object = {}): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Sid: 'Lock',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${bucket}/*`,
      ...statement,
    },
  });
const pathOf = (bucket: string): string => `/v1/bucket-policies/${bucket}`;
const put = (bucket: string, document: string, owner = accountId, service = 'object-store') =>
  authorizer.post(pathOf(bucket), { accountId: owner, document }, service);
const drop = (bucket: string) => authorizer.delete(pathOf(bucket), 'object-store');
const kept = async (bucket: string): Promise<unknown> =>
  (await authorizer.get(pathOf(bucket), 'object-store').expect(200)).body.policy;
const reading = (bucket: string, keys: Keys = root) =>
  authorizer.ask(signed(keys, 's3'), {
    service: 's3',
    action: 's3:GetObject',
    resource: `arn:aws:s3:::${bucket}/key`,
  });
const eventsOf = (bucket: string) =>
  authorizer.orm.em
    .fork()
    .execute<{ type: string; data: object; meta: object }[]>(
      'select type, data, meta from log.read_stream(?, 0)',
      [`bucket-policy-${bucket}`],
    );

const asAdmin = async (statement: string): Promise<void> => {
  const { adminUrl } = authorizer.database;
  const admin = await openDatabase({ url: adminUrl, entities: [], migrations: [] });
  await admin.em.execute(statement);
  await admin.close();
};

it('is in force with the answer, and gone with the answer', async () => {
  expect(await reading('lake')).toMatchObject({ allowed: true });
  const { body } = await put('lake', policy('lake')).expect(200);
  expect(body).toEqual({ refusal: null });
  expect(await reading('lake')).toMatchObject({
    allowed: false,
    code: 'AccessDenied',
    status: 403,
    message: expect.stringContaining('with an explicit deny in a resource-based policy'),
  });
  expect(authorizer.recorded.at(-1)).toMatchObject({
    allowed: false,
    decidedBy: 'Deny of Lock in bucket policy lake',
  });
  expect(await reading('lakes')).toMatchObject({ allowed: true });
  await drop('lake').expect(200);
  expect(await reading('lake')).toMatchObject({ allowed: true });
  expect(await kept('lake')).toBeNull();
});

it('is kept byte for byte, with who put it', async () => {
  const document = ` ${policy('kept', { Effect: 'Allow' })}\n`;
  await put('kept', document).expect(200);
  await put('kept', document).expect(200);
  expect(await kept('kept')).toEqual({ document, isPublic: true });
  await drop('kept').expect(200);
  await drop('kept').expect(200);
  const meta = expect.objectContaining({ principal: rootArn(accountId), requestId: 'request' });
  expect(await eventsOf('kept')).toMatchObject([
    { type: 'BucketPolicyPut', data: { bucket: 'kept', accountId, document }, meta },
    { type: 'BucketPolicyDeleted', meta },
  ]);
});

it('is refused in S3’s words, and leaves the one before in force', async () => {
  await put('odd', policy('odd')).expect(200);
  const { body } = await put('odd', policy('other')).expect(200);
  expect(body).toEqual({
    refusal: { code: 'MalformedPolicy', message: 'Policy has invalid resource' },
  });
  expect(await reading('odd')).toMatchObject({ allowed: false });
});

it('opens a bucket to another account, at both ends of a copy, and to no third', async () => {
  const accountOf = async (id: string): Promise<Keys> =>
    (await authorizer.post('/v1/accounts', { accountId: id }, 'operator').expect(200)).body;
  const [guest, third] = [await accountOf('222222222222'), await accountOf('333333333333')];
  const grant = { Effect: 'Allow', Principal: { AWS: '222222222222' } };
  await put('shared', policy('shared', grant)).expect(200);
  const opened = { bucket: 'shared', accountId };
  expect(await reading('shared', guest)).toMatchObject({ allowed: true, opened: [opened] });
  const copySource = { action: 's3:GetObject', resource: 'arn:aws:s3:::shared/key' };
  const copying = {
    service: 's3',
    action: 's3:PutObject',
    resource: 'arn:aws:s3:::guests/key',
    copySource,
  };
  expect(await authorizer.ask(signed(guest, 's3'), copying)).toMatchObject({ opened: [opened] });
  const stranger = await reading('shared', third);
  expect(stranger).toEqual(await reading('nowhere', third));
  expect(stranger).not.toHaveProperty('opened');
  expect(await reading('shared')).not.toHaveProperty('opened');
});

it('asks for the tags of an object that it looks at, in a bucket that is there for the caller', async () => {
  const accountOf = async (id: string): Promise<Keys> =>
    (await authorizer.post('/v1/accounts', { accountId: id }, 'operator').expect(200)).body;
  const [guest, third] = [await accountOf('444444444444'), await accountOf('555555555555')];
  const condition = { StringEquals: { 's3:ExistingObjectTag/security': 'public' } };
  const grant = { Effect: 'Allow', Principal: { AWS: '444444444444' }, Condition: condition };
  await put('tagged', policy('tagged', grant)).expect(200);
  const asking = (keys: Keys, resourceTags: object | null) =>
    authorizer.ask(signed(keys, 's3'), {
      service: 's3',
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::tagged/key',
      resourceTags,
    });
  const before = authorizer.recorded.length;
  const opened = [{ bucket: 'tagged', accountId }];
  expect(await asking(guest, null)).toEqual({
    allowed: null,
    needs: 'resourceTags',
    opened,
    accountId: '444444444444',
    principal: 'arn:aws:iam::444444444444:root',
  });
  expect(await asking(root, null)).not.toHaveProperty('opened');
  expect(authorizer.recorded).toHaveLength(before);
  expect(await asking(guest, { security: 'public' })).toMatchObject({ allowed: true, opened });
  expect(await asking(guest, { security: 'private' })).toMatchObject({ allowed: false });
  expect(await asking(third, null)).toMatchObject({ allowed: true });
});

it('looks at the tags of what is copied, and not of what is written', async () => {
  const condition = { StringNotEquals: { 's3:ExistingObjectTag/security': 'public' } };
  await put('source', policy('source', { Condition: condition })).expect(200);
  const copying = (resourceTags: object | null) =>
    authorizer.ask(signed(root, 's3'), {
      service: 's3',
      action: 's3:PutObject',
      resource: 'arn:aws:s3:::target/key',
      copySource: { action: 's3:GetObject', resource: 'arn:aws:s3:::source/key' },
      resourceTags,
    });
  expect(await copying(null)).toMatchObject({ allowed: null, needs: 'resourceTags' });
  expect(await copying({ security: 'public' })).toMatchObject({ allowed: true });
  expect(await copying({})).toMatchObject({ allowed: false });
});

it('is there after a restart', async () => {
  await put('lasting', policy('lasting')).expect(200);
  await authorizer.restart();
  expect(await reading('lasting')).toMatchObject({ allowed: false });
  expect(await kept('lasting')).toMatchObject({ document: policy('lasting') });
});

it('of a name ends with what came last, however many come at once', async () => {
  const documents = ['a', 'b', 'c', 'd'].map((key) =>
    policy('busy', { Resource: `arn:aws:s3:::busy/${key}` }),
  );
  const answers = await Promise.all([...documents.map((each) => put('busy', each)), drop('busy')]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  const [last] = (await eventsOf('busy')).slice(-1);
  const { document = null } = (last?.data ?? {}) as { document?: string };
  expect(await kept('busy')).toEqual(document === null ? null : { document, isPublic: false });
});

it('counts again only when it is known, after a change of unknown outcome', async () => {
  await put('doubtful', policy('doubtful')).expect(200);
  // The log refuses: nobody here knows why.
  await asAdmin(`update log.category set owner = 'ledger' where name = 'bucket-policy'`);
  try {
    await drop('doubtful').expect(500);
  } finally {
    await asAdmin(`update log.category set owner = 'iam_authorizer' where name = 'bucket-policy'`);
  }
  expect(await reading('doubtful')).toMatchObject({ allowed: false });
  await drop('doubtful').expect(200);
  expect(await reading('doubtful')).toMatchObject({ allowed: true });
});

it.each(['gateway', 'worker-agent', 'operator'])('is nothing that %s may ask for', async (who) => {
  const answers = await Promise.all([
    put('guarded', policy('guarded'), accountId, who),
    authorizer.get(pathOf('guarded'), who),
    authorizer.delete(pathOf('guarded'), who),
  ]);
  for (const { status, body } of answers)
    expect([status, body]).toEqual([
      403,
      { kind: 'Denied', message: 'Only object-store may ask for this.' },
    ]);
});

it('is of an account', async () => {
  await put('lake', policy('lake'), '1').expect(400);
  await authorizer.post(pathOf('lake'), { accountId }, 'object-store').expect(400);
});
