/** IAM as AWS' own client meets it, through the gateway; and S3 by a user whose policy says how far. */
import * as sdk from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  type AuthorizerUnderTest,
  accountId,
  root,
  startAuthorizer,
} from '../test/authorizer-under-test.ts';
import { type S3Endpoint, startS3Endpoint } from '../test/s3-endpoint.ts';

let authorizer: AuthorizerUnderTest;
let endpoint: S3Endpoint;
let iam: sdk.IAMClient;
const clients: { destroy: () => void }[] = [];
const settings = (credentials: { accessKeyId: string; secretAccessKey: string }) => ({
  endpoint: endpoint.url,
  region: 'us-east-1',
  credentials,
  maxAttempts: 1,
});
const s3Of = (credentials: { accessKeyId: string; secretAccessKey: string }): S3Client => {
  const client = new S3Client({ ...settings(credentials), forcePathStyle: true });
  clients.push(client);
  return client;
};

beforeAll(async () => {
  authorizer = await startAuthorizer();
  authorizer.setClock(() => new Date());
  endpoint = await startS3Endpoint(authorizer);
  iam = new sdk.IAMClient(settings(root));
  clients.push(iam);
}, 120_000);
afterAll(async () => {
  for (const client of clients) client.destroy();
  await endpoint.stop();
  await authorizer.stop();
});

const policy = (...Statement: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });
const trust = policy({
  Effect: 'Allow',
  Principal: { Service: 'emr-serverless.amazonaws.com' },
  Action: 'sts:AssumeRole',
});

it('makes, reads and destroys the service-linked role as Terraform does', async () => {
  const AWSServiceName = 'ops.emr-serverless.amazonaws.com';
  const { Role } = await iam.send(new sdk.CreateServiceLinkedRoleCommand({ AWSServiceName }));
  const RoleName = Role?.RoleName ?? '';
  expect((await iam.send(new sdk.GetRoleCommand({ RoleName }))).Role?.Arn).toBe(Role?.Arn);
  const { RoleDetailList = [], Policies = [] } = await iam.send(
    new sdk.GetAccountAuthorizationDetailsCommand({ Filter: ['Role', 'AWSManagedPolicy'] }),
  );
  const detail = RoleDetailList.find((one) => one.RoleName === RoleName);
  expect(decodeURIComponent(detail?.AssumeRolePolicyDocument ?? '')).toContain(AWSServiceName);
  expect(detail?.AttachedManagedPolicies?.map(({ PolicyArn }) => PolicyArn)).toEqual(
    Policies.filter(({ AttachmentCount }) => AttachmentCount === 1).map(({ Arn }) => Arn),
  );
  const { DeletionTaskId } = await iam.send(new sdk.DeleteServiceLinkedRoleCommand({ RoleName }));
  const { Status } = await iam.send(
    new sdk.GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }),
  );
  expect(Status).toBe('SUCCEEDED');
});

it('destroys a user with all that it has as Terraform does', async () => {
  const UserName = 'forced';
  await iam.send(new sdk.CreateUserCommand({ UserName }));
  await iam.send(new sdk.CreateAccessKeyCommand({ UserName }));
  const made = await iam.send(
    new sdk.CreateLoginProfileCommand({ UserName, Password: 'Forced-out-1' }),
  );
  expect(made.LoginProfile).toMatchObject({ UserName, PasswordResetRequired: false });
  const deleteUser = () => iam.send(new sdk.DeleteUserCommand({ UserName }));
  await expect(deleteUser()).rejects.toMatchObject({ name: 'DeleteConflictException' });
  const { AccessKeyMetadata = [] } = await iam.send(new sdk.ListAccessKeysCommand({ UserName }));
  for (const { AccessKeyId } of AccessKeyMetadata)
    await iam.send(new sdk.DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  const lists = [
    (await iam.send(new sdk.ListSSHPublicKeysCommand({ UserName }))).SSHPublicKeys,
    (await iam.send(new sdk.ListVirtualMFADevicesCommand({ AssignmentStatus: 'Assigned' })))
      .VirtualMFADevices,
    (await iam.send(new sdk.ListMFADevicesCommand({ UserName }))).MFADevices,
    (await iam.send(new sdk.ListSigningCertificatesCommand({ UserName }))).Certificates,
    (await iam.send(new sdk.ListServiceSpecificCredentialsCommand({ UserName })))
      .ServiceSpecificCredentials,
  ];
  expect(lists).toEqual([[], [], [], [], []]);
  await iam.send(new sdk.DeleteLoginProfileCommand({ UserName }));
  await deleteUser();
  await expect(iam.send(new sdk.GetLoginProfileCommand({ UserName }))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
  });
});

it('gives a report of credentials, and the policies that grant access to a service', async () => {
  const { State } = await iam.send(new sdk.GenerateCredentialReportCommand({}));
  expect(State).toBe('STARTED');
  const { Content, GeneratedTime } = await iam.send(new sdk.GetCredentialReportCommand({}));
  expect(Buffer.from(Content ?? '').toString('utf8')).toMatch(/^user,arn,.*\n<root_account>,/);
  expect(GeneratedTime).toBeInstanceOf(Date);
  const { PoliciesGrantingServiceAccess } = await iam.send(
    new sdk.ListPoliciesGrantingServiceAccessCommand({
      Arn: `arn:aws:iam::${accountId}:role/job`,
      ServiceNamespaces: ['s3'],
    }),
  );
  expect(PoliciesGrantingServiceAccess).toMatchObject([
    { ServiceNamespace: 's3', Policies: [{ PolicyName: 'work', PolicyType: 'INLINE' }] },
  ]);
});

it('creates a role and reads it back as it was given', async () => {
  const RoleName = 'from-sdk';
  const Tags = [{ Key: 'team', Value: 'ä = b' }];
  const { Role } = await iam.send(
    new sdk.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, Tags }),
  );
  expect(Role).toMatchObject({ Arn: `arn:aws:iam::${accountId}:role/from-sdk`, Tags });
  expect(Role?.CreateDate).toBeInstanceOf(Date);
  const read = await iam.send(new sdk.GetRoleCommand({ RoleName }));
  expect(decodeURIComponent(read.Role?.AssumeRolePolicyDocument ?? '')).toBe(trust);
  await iam.send(
    new sdk.PutRolePolicyCommand({
      RoleName,
      PolicyName: 'p',
      PolicyDocument: policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }),
    }),
  );
  expect(read.Role?.RoleLastUsed).toEqual({});
  const names: string[] = [];
  for await (const page of sdk.paginateListRoles({ client: iam, pageSize: 1 }, {}))
    names.push(...(page.Roles ?? []).map((each) => each.RoleName ?? ''));
  expect(names).toEqual(['from-sdk', 'job', 'untrusting']);
});

it.each<[string, () => Promise<unknown>, string, number]>([
  [
    'an entity that is there',
    () => iam.send(new sdk.CreateRoleCommand({ RoleName: 'job', AssumeRolePolicyDocument: trust })),
    'EntityAlreadyExistsException',
    409,
  ],
  [
    'an entity that is not there',
    () => iam.send(new sdk.GetRoleCommand({ RoleName: 'absent' })),
    'NoSuchEntityException',
    404,
  ],
  [
    'a role that carries a policy',
    () => iam.send(new sdk.DeleteRoleCommand({ RoleName: 'job' })),
    'DeleteConflictException',
    409,
  ],
  [
    'a document that is none',
    () =>
      iam.send(
        new sdk.PutRolePolicyCommand({ RoleName: 'job', PolicyName: 'p', PolicyDocument: '{}' }),
      ),
    'MalformedPolicyDocumentException',
    400,
  ],
  [
    'a name that is none',
    () => iam.send(new sdk.GetRoleCommand({ RoleName: 'a b' })),
    'ValidationError',
    400,
  ],
  [
    'what is not offered',
    () => iam.send(new sdk.CreateSAMLProviderCommand({ Name: 'a', SAMLMetadataDocument: 'a' })),
    'InvalidAction',
    400,
  ],
])('refuses %s as the client knows it', async (_name, send, name, status) => {
  await expect(send()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } });
});

it('gives users what of a bucket their policy says', async () => {
  const Bucket = 'home';
  const all = s3Of(root);
  await all.send(new CreateBucketCommand({ Bucket }));
  for (const Key of ['alice/a', 'alice/b', 'bob/a'])
    await all.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const UserName = 'alice';
  await iam.send(new sdk.CreateUserCommand({ UserName }));
  await iam.send(
    new sdk.PutUserPolicyCommand({
      UserName,
      PolicyName: 'home',
      PolicyDocument: policy(
        {
          Effect: 'Allow',
          Action: 's3:ListBucket',
          Resource: `arn:aws:s3:::${Bucket}`,
          Condition: { StringLike: { 's3:prefix': `\${aws:username}/*` } },
        },
        {
          Effect: 'Allow',
          Action: ['s3:GetObject', 's3:DeleteObject'],
          Resource: `arn:aws:s3:::${Bucket}/\${aws:username}/*`,
        },
        {
          Effect: 'Deny',
          Action: 's3:DeleteObject',
          Resource: `arn:aws:s3:::${Bucket}/alice/b`,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ),
    }),
  );
  const { AccessKey } = await iam.send(new sdk.CreateAccessKeyCommand({ UserName }));
  const s3 = s3Of({
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  });
  const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };
  const list = (Prefix?: string) => s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  expect((await list('alice/')).KeyCount).toBe(2);
  await expect(list()).rejects.toMatchObject(denied);
  await expect(list('bob/')).rejects.toMatchObject(denied);
  await s3.send(new GetObjectCommand({ Bucket, Key: 'alice/a' }));
  await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'bob/a' }))).rejects.toMatchObject({
    ...denied,
    message: `User: arn:aws:iam::${accountId}:user/alice is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::home/bob/a because no identity-based policy allows the s3:GetObject action`,
  });
  const Objects = ['alice/a', 'alice/b', 'bob/a'].map((Key) => ({ Key }));
  const { Deleted, Errors } = await s3.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
  );
  expect(Deleted?.map(({ Key }) => Key)).toEqual(['alice/a']);
  expect(Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([
    ['alice/b', 'AccessDenied'],
    ['bob/a', 'AccessDenied'],
  ]);
});
