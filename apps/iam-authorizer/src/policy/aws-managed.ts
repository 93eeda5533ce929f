/**
 * Managed policies of AWS that people attach (AWS managed policy reference guide, as of 2026-11), stated exactly
 * but for ReadOnlyAccess, of which only what concerns the services that there are here is kept, in words of ours: AWS'
 * names some thousand actions of others. Its version and dates are not AWS'. Any other one is not there.
 */
import { createHash } from 'node:crypto';

export type AwsManagedPolicy = {
  readonly policyName: string;
  readonly policyId: string;
  readonly arn: string;
  readonly description: string;
  /** Its default version at AWS, the only one here. */
  readonly versionId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly document: string;
  readonly path: string;
  /** Those of service-linked roles nobody attaches. */
  readonly isAttachable: boolean;
};

type Stated = Pick<
  AwsManagedPolicy,
  'policyName' | 'description' | 'versionId' | 'createdAt' | 'updatedAt'
> & { readonly path?: string; readonly statements: readonly object[] };

const allow = (...actions: readonly string[]): object => ({
  Effect: 'Allow',
  Action: actions,
  Resource: '*',
});

const stated: readonly Stated[] = [
  {
    policyName: 'AdministratorAccess',
    description: 'Provides full access to AWS services and resources.',
    versionId: 'v1',
    createdAt: '2015-02-06T18:39:00Z',
    updatedAt: '2015-02-06T18:39:00Z',
    statements: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  },
  {
    policyName: 'AmazonS3FullAccess',
    description: 'Provides full access to all buckets via the AWS Management Console.',
    versionId: 'v2',
    createdAt: '2015-02-06T18:40:00Z',
    updatedAt: '2021-09-27T20:16:00Z',
    statements: [allow('s3:*', 's3-object-lambda:*')],
  },
  {
    policyName: 'AmazonS3ReadOnlyAccess',
    description: 'Provides read only access to all buckets via the AWS Management Console.',
    versionId: 'v3',
    createdAt: '2015-02-06T18:40:00Z',
    updatedAt: '2023-08-10T21:31:00Z',
    statements: [
      allow(
        's3:Get*',
        's3:List*',
        's3:Describe*',
        's3-object-lambda:Get*',
        's3-object-lambda:List*',
      ),
    ],
  },
  {
    policyName: 'AmazonEMRServerlessServiceRolePolicy',
    path: '/aws-service-role/',
    description:
      'Allows access to other AWS service resources that are required to run Amazon EMRServerless',
    versionId: 'v3',
    createdAt: '2022-05-20T23:15:00Z',
    updatedAt: '2024-01-25T18:21:00Z',
    statements: [
      {
        Sid: 'EC2PolicyStatement',
        ...allow(
          'ec2:CreateNetworkInterface',
          'ec2:DeleteNetworkInterface',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSecurityGroups',
          'ec2:DescribeSubnets',
          'ec2:DescribeVpcs',
          'ec2:DescribeDhcpOptions',
          'ec2:DescribeRouteTables',
        ),
      },
      {
        Sid: 'CloudWatchPolicyStatement',
        ...allow('cloudwatch:PutMetricData'),
        Condition: {
          StringEquals: { 'cloudwatch:namespace': ['AWS/EMRServerless', 'AWS/Usage'] },
        },
      },
    ],
  },
  {
    policyName: 'AWSDenyAll',
    description: 'Deny all access.',
    versionId: 'v2',
    createdAt: '2019-05-01T22:36:00Z',
    updatedAt: '2023-12-18T16:42:00Z',
    statements: [{ Sid: 'DenyAll', Effect: 'Deny', Action: ['*'], Resource: '*' }],
  },
  {
    policyName: 'IAMFullAccess',
    description: 'Provides full access to IAM via the AWS Management Console.',
    versionId: 'v2',
    createdAt: '2015-02-06T18:40:00Z',
    updatedAt: '2019-06-21T19:40:00Z',
    statements: [
      allow(
        'iam:*',
        'organizations:DescribeAccount',
        'organizations:DescribeOrganization',
        'organizations:DescribeOrganizationalUnit',
        'organizations:DescribePolicy',
        'organizations:ListChildren',
        'organizations:ListParents',
        'organizations:ListPoliciesForTarget',
        'organizations:ListRoots',
        'organizations:ListPolicies',
        'organizations:ListTargetsForPolicy',
      ),
    ],
  },
  {
    policyName: 'IAMReadOnlyAccess',
    description: 'Provides read only access to IAM via the AWS Management Console.',
    versionId: 'v4',
    createdAt: '2015-02-06T18:40:00Z',
    updatedAt: '2018-01-25T19:11:00Z',
    statements: [
      allow(
        'iam:GenerateCredentialReport',
        'iam:GenerateServiceLastAccessedDetails',
        'iam:Get*',
        'iam:List*',
        'iam:SimulateCustomPolicy',
        'iam:SimulatePrincipalPolicy',
      ),
    ],
  },
  {
    policyName: 'PowerUserAccess',
    description:
      'Provides full access to AWS services and resources, but does not allow management of Users and groups.',
    versionId: 'v12',
    createdAt: '2015-02-06T18:39:00Z',
    updatedAt: '2026-02-12T17:59:00Z',
    statements: [
      { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
      allow(
        'account:GetAccountInformation',
        'account:GetGovCloudAccountInformation',
        'account:GetPrimaryEmail',
        'account:ListRegions',
        'iam:CreateServiceLinkedRole',
        'iam:DeleteServiceLinkedRole',
        'iam:ListRoles',
        'organizations:DescribeEffectivePolicy',
        'organizations:DescribeOrganization',
      ),
    ],
  },
  {
    policyName: 'ReadOnlyAccess',
    description: 'Provides read-only access to AWS services and resources.',
    versionId: 'v1',
    createdAt: '2015-02-06T18:39:00Z',
    updatedAt: '2015-02-06T18:39:00Z',
    statements: [
      allow(
        'emr-serverless:Get*',
        'emr-serverless:List*',
        'iam:Generate*',
        'iam:Get*',
        'iam:List*',
        'iam:Simulate*',
        's3:DescribeJob',
        's3:Get*',
        's3:List*',
        'sts:GetAccessKeyInfo',
        'sts:GetCallerIdentity',
        'sts:GetSessionToken',
      ),
    ],
  },
];

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** AWS' own ids are not published: these look like them and never change. */
const policyIdOf = (policyName: string): string =>
  `ANPA${[...createHash('sha256').update(policyName).digest().subarray(0, 17)]
    .map((byte) => base32.charAt(byte % 32))
    .join('')}`;

/** In the order of their names, whatever their case. */
export const awsManagedPolicies: readonly AwsManagedPolicy[] = stated
  .map(({ statements, path = '/', ...policy }) => ({
    ...policy,
    path,
    isAttachable: path !== '/aws-service-role/',
    policyId: policyIdOf(policy.policyName),
    arn: `arn:aws:iam::aws:policy${path}${policy.policyName}`,
    document: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
  }))
  .toSorted((one, other) =>
    one.policyName.toLowerCase() < other.policyName.toLowerCase() ? -1 : 1,
  );

const byArn = new Map(awsManagedPolicies.map((policy) => [policy.arn, policy]));

/** The one of an ARN, undefined when it is not among those that are stated here. */
export const awsManagedPolicy = (arn: string): AwsManagedPolicy | undefined => byArn.get(arn);

/** Whether an ARN names a policy of AWS', stated here or not. */
export const isAwsManaged = (arn: string): boolean => arn.startsWith('arn:aws:iam::aws:');
