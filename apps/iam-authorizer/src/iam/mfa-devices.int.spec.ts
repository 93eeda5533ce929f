/** Virtual MFA devices as AWS' own client meets them, and what sessions with their codes may do that others may not. */
import * as sdk from '@aws-sdk/client-iam';
import { GetObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { authenticator } from '../test/authenticator.ts';
import { type AuthorizerUnderTest, root, startAuthorizer } from '../test/authorizer-under-test.ts';
import { iamAccount, own, policy, trust } from '../test/iam-account.ts';
import { type S3Endpoint, startS3Endpoint } from '../test/s3-endpoint.ts';
import type { Keys } from '../test/signing.ts';

/** Clients sign with their own clock, so ours stands still close to it. */
const start = new Date();
let steps = 0;
const now = (): Date => new Date(start.getTime() + steps * 30_000);

let authorizer: AuthorizerUnderTest;
let endpoint: S3Endpoint;
const clients: { destroy: () => void }[] = [];
const { iam: ask, makeUser } = iamAccount(() => authorizer);
const client = <Client extends { destroy: () => void }>(
  make: (settings: object) => Client,
  credentials: Keys,
): Client => {
  const made = make({ endpoint: endpoint.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  clients.push(made);
  return made;
};
const iamOf = (keys: Keys) => client((settings) => new sdk.IAMClient(settings), keys);
const s3Of = (keys: Keys) =>
  client((settings) => new S3Client({ ...settings, forcePathStyle: true }), keys);
let iam: sdk.IAMClient;

beforeAll(async () => {
  authorizer = await startAuthorizer();
  authorizer.setClock(now);
  endpoint = await startS3Endpoint(authorizer);
  iam = iamOf(root);
}, 120_000);
afterAll(async () => {
  for (const each of clients) each.destroy();
  await endpoint.stop();
  await authorizer.stop();
});

type Device = { readonly SerialNumber: string; readonly code: (ahead: number) => string };

/** A device that an app has read. */
async function makeDevice(VirtualMFADeviceName: string, more: object = {}): Promise<Device> {
  const { VirtualMFADevice } = await iam.send(
    new sdk.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName, ...more }),
  );
  const { SerialNumber = '', Base32StringSeed, QRCodePNG } = VirtualMFADevice ?? {};
  const base32 = Buffer.from(Base32StringSeed ?? []).toString('latin1');
  expect(base32).toMatch(/^[A-Z2-7]{64}$/);
  expect(Buffer.from(QRCodePNG ?? []).toString('latin1')).toMatch(/^\x89PNG\r\n/);
  return { SerialNumber, code: authenticator(base32, now) };
}

const pair = ({ SerialNumber, code }: Device, last: number) => ({
  SerialNumber,
  AuthenticationCode1: code(last - 1),
  AuthenticationCode2: code(last),
});

async function makeUserWithDevice(UserName: string): Promise<{ keys: Keys; device: Device }> {
  const keys = await makeUser(UserName);
  const device = await makeDevice(UserName);
  await iam.send(new sdk.EnableMFADeviceCommand({ UserName, ...pair(device, 0) }));
  steps += 1;
  return { keys, device };
}

const sts = (keys: Keys, operation: string, input: object) =>
  authorizer.query(keys, 'sts', operation, input);
const keysIn = (outcome: object): Keys => {
  const { Credentials } = outcome as { Credentials: Record<string, string> };
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials;
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
};
const wrong = {
  code: 'AccessDenied',
  status: 403,
  message: 'MultiFactorAuthentication failed with invalid MFA one time pass code.',
};
const ofNobody = {
  code: 'AccessDenied',
  message: expect.stringContaining('verify your MFA serial number is valid and associated'),
};

it('opens to a session with a code what everybody else is denied, until it is taken away', async () => {
  const { keys, device } = await makeUserWithDevice('alice');
  const { SerialNumber, code } = device;
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['s3:*', 'iam:GetUser'], Resource: '*' },
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      },
    ],
  });
  await ask('PutUserPolicy', { UserName: 'alice', PolicyName: 'mfa', PolicyDocument });
  const plain = keysIn(await sts(keys, 'GetSessionToken', {}));
  const TokenCode = code(0);
  const mfa = keysIn(await sts(keys, 'GetSessionToken', { SerialNumber, TokenCode }));
  expect(await sts(keys, 'GetSessionToken', { SerialNumber, TokenCode })).toEqual(wrong);
  expect(authorizer.recorded.at(-1)).toMatchObject({
    action: 'sts:GetSessionToken',
    allowed: false,
    decidedBy: 'AccessDenied',
  });

  const list = (by: Keys) => s3Of(by).send(new ListBucketsCommand({}));
  await list(mfa);
  await expect(list(plain)).rejects.toMatchObject({ name: 'AccessDenied' });
  // A long-term key does not have the condition key at all, which is what `IfExists` is there for.
  await expect(list(keys)).rejects.toMatchObject({ name: 'AccessDenied' });
  const self = new sdk.GetUserCommand({});
  expect((await iamOf(mfa).send(self)).User?.UserName).toBe('alice');
  await expect(iamOf(plain).send(self)).rejects.toMatchObject({ name: 'InvalidClientTokenId' });

  const UserName = 'alice';
  const destroy = new sdk.DeleteVirtualMFADeviceCommand({ SerialNumber });
  await expect(iam.send(destroy)).rejects.toMatchObject({ name: 'DeleteConflictException' });
  await iam.send(new sdk.DeactivateMFADeviceCommand({ UserName, SerialNumber }));
  expect(await sts(keys, 'GetSessionToken', { SerialNumber, TokenCode: code(1) })).toMatchObject(
    ofNobody,
  );
  await iam.send(destroy);
  await expect(iam.send(destroy)).rejects.toMatchObject({ name: 'NoSuchEntityException' });
});

it('tells a policy how long ago the code was given', async () => {
  const { keys, device } = await makeUserWithDevice('dated');
  const { SerialNumber, code } = device;
  await ask('PutUserPolicy', {
    UserName: 'dated',
    PolicyName: 'mfa',
    PolicyDocument: policy('s3:*', '*', {
      Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': '60' } },
    }),
  });
  const s3 = s3Of(keysIn(await sts(keys, 'GetSessionToken', { SerialNumber, TokenCode: code(0) })));
  await s3.send(new ListBucketsCommand({}));
  steps += 1;
  await s3.send(new ListBucketsCommand({}));
  steps += 1;
  await expect(s3.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(
    s3Of(keys).send(new GetObjectCommand({ Bucket: 'none', Key: 'k' })),
  ).rejects.toMatchObject({ name: 'AccessDenied' });
});

it('lets a role be assumed by who gives a code, of which its session does not tell', async () => {
  const { keys, device } = await makeUserWithDevice('bob');
  const { SerialNumber, code } = device;
  await ask('PutUserPolicy', {
    UserName: 'bob',
    PolicyName: 'assume',
    PolicyDocument: policy('sts:AssumeRole'),
  });
  const needsCode = { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } };
  const trusting = JSON.parse(trust({ AWS: own('user', 'bob') }));
  Object.assign(trusting.Statement[0], needsCode);
  const RoleName = 'guarded';
  await ask('CreateRole', { RoleName, AssumeRolePolicyDocument: JSON.stringify(trusting) });
  await ask('PutRolePolicy', {
    RoleName,
    PolicyName: 'p',
    PolicyDocument: policy('s3:*', '*', needsCode),
  });
  const assume = (more: object, by = keys) =>
    sts(by, 'AssumeRole', { RoleArn: own('role', RoleName), RoleSessionName: 's', ...more });
  expect(await assume({})).toMatchObject({ code: 'AccessDenied' });
  expect(await assume({ SerialNumber, TokenCode: code(5) })).toEqual(wrong);
  expect(await assume({ SerialNumber })).toMatchObject({
    code: 'AccessDenied',
    message: expect.stringContaining('must provide both'),
  });
  const direct = keysIn(await assume({ SerialNumber, TokenCode: code(0) }));
  const withCode = keysIn(await sts(keys, 'GetSessionToken', { SerialNumber, TokenCode: code(1) }));
  const chained = keysIn(await assume({}, withCode));
  for (const session of [direct, chained])
    await expect(s3Of(session).send(new ListBucketsCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  steps += 1;
  // The code of the call counts, and not that the user's session has none.
  const plain = keysIn(await sts(keys, 'GetSessionToken', {}));
  expect(await assume({}, plain)).toMatchObject({ code: 'AccessDenied' });
  const coded = await assume({ SerialNumber, TokenCode: code(1) }, plain);
  expect(coded).toHaveProperty('Credentials');
  expect(await assume({ SerialNumber, TokenCode: code(0) }, root)).toMatchObject({
    code: 'AccessDenied',
  });
  const eve = await makeUser('eve');
  expect(await assume({ SerialNumber, TokenCode: code(0) }, eve)).toMatchObject(ofNobody);
  expect(await sts(root, 'GetSessionToken', { SerialNumber, TokenCode: code(0) })).toMatchObject(
    ofNobody,
  );
});

it('looks at no code right after too many wrong ones', async () => {
  const { keys, device } = await makeUserWithDevice('guessed');
  const { SerialNumber, code } = device;
  const give = (TokenCode: string) => sts(keys, 'GetSessionToken', { SerialNumber, TokenCode });
  for (let guess = 0; guess < 5; guess += 1) expect(await give(code(9))).toEqual(wrong);
  expect(await give(code(0))).toEqual(wrong);
  steps += 1;
  expect(await give(code(0))).toHaveProperty('Credentials');
});

it('is enabled, found, tagged and synchronised as AWS does it', async () => {
  const UserName = 'carol';
  await makeUser(UserName);
  const Tags = [{ Key: 'of', Value: 'carol' }];
  const device = await makeDevice('phone', { Path: '/team/', Tags });
  const { SerialNumber } = device;
  expect(SerialNumber).toBe(own('mfa', 'team/phone'));
  await expect(makeDevice('n'.repeat(250))).rejects.toMatchObject({ name: 'ValidationError' });
  await expect(makeDevice('PHONE', { Path: '/team/' })).rejects.toMatchObject({
    name: 'EntityAlreadyExistsException',
  });
  const enable = (codes: object) =>
    iam.send(new sdk.EnableMFADeviceCommand({ UserName, ...pair(device, 0), ...codes }));
  await expect(enable({ AuthenticationCode2: device.code(5) })).rejects.toMatchObject({
    name: 'InvalidAuthenticationCodeException',
    message: 'Authentication code for device is not valid.',
    $metadata: { httpStatusCode: 403 },
  });
  await enable({});
  const list = async (AssignmentStatus?: 'Assigned' | 'Unassigned') =>
    (await iam.send(new sdk.ListVirtualMFADevicesCommand({ AssignmentStatus }))).VirtualMFADevices;
  const shown = { SerialNumber, User: expect.objectContaining({ UserName }) };
  const enabledDevice = { ...shown, EnableDate: expect.any(Date) };
  expect(await list('Assigned')).toContainEqual(enabledDevice);
  expect(await list()).toContainEqual(enabledDevice);
  expect(await list('Unassigned')).not.toContainEqual(enabledDevice);
  const spare = await makeDevice('spare');
  expect(await list('Unassigned')).toEqual([{ SerialNumber: spare.SerialNumber }]);
  const pages: unknown[] = [];
  for await (const page of sdk.paginateListVirtualMFADevices({ client: iam, pageSize: 1 }, {}))
    pages.push(...(page.VirtualMFADevices ?? []).map((each) => each.SerialNumber));
  expect(pages).toEqual(((await list()) ?? []).map((each) => each.SerialNumber));

  const known = { UserName, SerialNumber, EnableDate: expect.any(Date) };
  const { MFADevices } = await iam.send(new sdk.ListMFADevicesCommand({ UserName }));
  expect(MFADevices).toEqual([known]);
  expect((await iam.send(new sdk.ListMFADevicesCommand({}))).MFADevices).toEqual([]);
  const get = new sdk.GetMFADeviceCommand({ SerialNumber, UserName });
  expect(await iam.send(get)).toMatchObject(known);
  const tagsOf = async () =>
    (await iam.send(new sdk.ListMFADeviceTagsCommand({ SerialNumber }))).Tags;
  expect(await tagsOf()).toEqual(Tags);
  await iam.send(new sdk.UntagMFADeviceCommand({ SerialNumber, TagKeys: ['of'] }));
  await iam.send(new sdk.TagMFADeviceCommand({ SerialNumber, Tags: [{ Key: 'a', Value: 'b' }] }));
  expect(await tagsOf()).toEqual([{ Key: 'a', Value: 'b' }]);

  const { SummaryMap } = await iam.send(new sdk.GetAccountSummaryCommand({}));
  expect(SummaryMap).toMatchObject({ AccountMFAEnabled: 0 });
  expect(SummaryMap?.['MFADevices']).toBe((SummaryMap?.['MFADevicesInUse'] ?? 0) + 1);
  await iam.send(new sdk.GenerateCredentialReportCommand({}));
  const { Content } = await iam.send(new sdk.GetCredentialReportCommand({}));
  const row = Buffer.from(Content ?? [])
    .toString('utf8')
    .split('\n')
    .find((line) => line.startsWith('carol,'));
  expect(row?.split(',')[7]).toBe('true');

  await expect(iam.send(new sdk.DeleteUserCommand({ UserName }))).rejects.toMatchObject({
    name: 'DeleteConflictException',
  });
  const resync = (last: number) =>
    iam.send(new sdk.ResyncMFADeviceCommand({ UserName, ...pair(device, last) }));
  await resync(40);
  await expect(resync(40)).rejects.toMatchObject({ name: 'InvalidAuthenticationCodeException' });
  await expect(
    iam.send(new sdk.DeactivateMFADeviceCommand({ UserName: 'dated', SerialNumber })),
  ).rejects.toMatchObject({ name: 'NoSuchEntityException' });
});

it('is enabled and listed by a user itself, in its own name', async () => {
  const keys = await makeUser('dave');
  await ask('PutUserPolicy', {
    UserName: 'dave',
    PolicyName: 'self',
    PolicyDocument: policy('iam:*', [
      `arn:aws:iam::*:mfa/\${aws:username}`,
      `arn:aws:iam::*:user/\${aws:username}`,
    ]),
  });
  const self = iamOf(keys);
  const create = (VirtualMFADeviceName: string) =>
    self.send(new sdk.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName }));
  await create('dave');
  expect(authorizer.recorded.at(-1)).toMatchObject({
    action: 'iam:CreateVirtualMFADevice',
    resource: own('mfa', 'dave'),
  });
  await expect(create('other')).rejects.toMatchObject({ name: 'AccessDenied' });
  const SerialNumber = own('mfa', 'dave');
  await self.send(new sdk.DeleteVirtualMFADeviceCommand({ SerialNumber }));
  const device = await makeDevice('dave');
  await self.send(new sdk.EnableMFADeviceCommand({ UserName: 'dave', ...pair(device, 0) }));
  const { MFADevices } = await self.send(new sdk.ListMFADevicesCommand({}));
  expect(MFADevices).toMatchObject([{ UserName: 'dave', SerialNumber }]);
  expect(await self.send(new sdk.GetMFADeviceCommand({ SerialNumber }))).toMatchObject({
    UserName: 'dave',
  });
  await self.send(new sdk.DeactivateMFADeviceCommand({ SerialNumber }));
  expect((await self.send(new sdk.ListMFADevicesCommand({}))).MFADevices).toEqual([]);
});

it('is in force after a restart, its used codes too', async () => {
  const { keys, device } = await makeUserWithDevice('restarted');
  const { SerialNumber, code } = device;
  const give = (ahead: number) =>
    sts(keys, 'GetSessionToken', { SerialNumber, TokenCode: code(ahead) });
  await give(0);
  await authorizer.restart();
  expect(await give(0)).toEqual(wrong);
  expect(await give(1)).toHaveProperty('Credentials');
});

it('keeps its seed sealed', async () => {
  await makeDevice('sealed');
  const [row] = await authorizer.orm.em
    .fork()
    .execute<{ state: { seedSealed: string } }[]>(
      `select state from mfa_device where name_key = '/sealed'`,
    );
  // As long as iv, tag and 40 bytes of base64 are, and none of the two spellings of a seed.
  expect(row?.state.seedSealed).toMatch(/^[A-Za-z0-9_-]{112}$/);
});
