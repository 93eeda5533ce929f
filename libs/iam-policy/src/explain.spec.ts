/** Sentences of troubleshoot_access-denied (IAM user guide), and of this installation's audit trail. */
import type { Decision, PolicyRole } from './evaluate.ts';
import { decidedBy, denialMessage, reasonOf } from './explain.ts';
import { anonymous, decided, request, roleSession, root, user } from './test/cases.ts';

const by = { policyName: 'p', kind: 'managed', sid: null, index: 0 } as const;
const implicit = (policyRole: PolicyRole): Decision => ({
  allowed: false,
  reason: 'implicitDeny',
  policyRole,
  by: null,
});
const explicit = (policyRole: PolicyRole, index = 0): Decision => ({
  allowed: false,
  reason: 'explicitDeny',
  policyRole,
  by: { ...by, index },
});

const john = user('JohnDoe');
const group = 'arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:*';
const asks = 'User: arn:aws:iam::123456789012:user/JohnDoe is not authorized to perform:';

it.each<[string, Decision, string, string, string]>([
  [
    'identity-based, implicit',
    implicit('identity'),
    'codecommit:ListRepositories',
    '*',
    'codecommit:ListRepositories because no identity-based policy allows the codecommit:ListRepositories action',
  ],
  [
    'identity-based, explicit',
    explicit('identity'),
    'codedeploy:ListDeployments',
    group,
    `codedeploy:ListDeployments on resource: ${group} with an explicit deny in an identity-based policy`,
  ],
  [
    'resource-based, implicit',
    implicit('resource'),
    'secretsmanager:GetSecretValue',
    '*',
    'secretsmanager:GetSecretValue because no resource-based policy allows the secretsmanager:GetSecretValue action',
  ],
  [
    'resource-based, explicit',
    explicit('resource'),
    's3:GetObject',
    'arn:aws:s3:::b/k',
    's3:GetObject on resource: arn:aws:s3:::b/k with an explicit deny in a resource-based policy',
  ],
  [
    'boundary, implicit',
    implicit('boundary'),
    'codedeploy:ListDeployments',
    group,
    `codedeploy:ListDeployments on resource: ${group} because no permissions boundary allows the codedeploy:ListDeployments action`,
  ],
  [
    'boundary, explicit',
    explicit('boundary'),
    'sagemaker:ListModels',
    '*',
    'sagemaker:ListModels with an explicit deny in a permissions boundary',
  ],
  [
    'session, implicit',
    implicit('session'),
    'codecommit:ListRepositories',
    '*',
    'codecommit:ListRepositories because no session policy allows the codecommit:ListRepositories action',
  ],
  [
    'session, explicit',
    explicit('session'),
    'codedeploy:ListDeployments',
    group,
    `codedeploy:ListDeployments on resource: ${group} with an explicit deny in a session policy`,
  ],
  [
    'trust, implicit',
    implicit('trust'),
    'sts:AssumeRole',
    '*',
    'sts:AssumeRole because no role trust policy allows the sts:AssumeRole action',
  ],
  [
    'trust, explicit',
    explicit('trust'),
    'sts:AssumeRole',
    '*',
    'sts:AssumeRole with an explicit deny in the role trust policy',
  ],
])('tells a denial: %s', (_section, decision, action, resource, message) => {
  expect(denialMessage(request(action, resource, {}, john), decision)).toBe(`${asks} ${message}`);
});

it('tells it of a role session, for a run that may not start', () => {
  const resource = 'arn:aws:emr-serverless:us-east-1:123456789012:/applications/00f1';
  const asked = request('emr-serverless:StartJobRun', resource, {}, roleSession('Dev', 'alice'));
  expect(
    denialMessage(asked, decided([{ Effect: 'Allow', Action: 's3:*', Resource: '*' }], asked)),
  ).toBe(
    `User: arn:aws:sts::123456789012:assumed-role/Dev/alice is not authorized to perform: emr-serverless:StartJobRun on resource: ${resource} because no identity-based policy allows the emr-serverless:StartJobRun action`,
  );
});

it.each<[string, Decision, string]>([
  [
    'a statement with a Sid',
    { allowed: true, reason: 'allowed', by: { ...by, sid: 'Read' } },
    'Allow of Read in p',
  ],
  ['a statement without', explicit('session', 2), 'Deny of statement 2 in p'],
  [
    'a policy without a name',
    { allowed: true, reason: 'allowed', by: { ...by, policyName: '' } },
    'Allow of statement 0 in managed',
  ],
  ['nothing that allows it', implicit('boundary'), 'no permissions boundary'],
])('names what decided: %s', (_name, decision, text) => {
  expect(decidedBy(request('s3:GetObject'), decision)).toBe(text);
});

it('names what decided where no policy did', () => {
  const nothing: Decision = { allowed: true, reason: 'allowed', by: null };
  expect(decidedBy(request('s3:GetObject', '*', {}, root()), nothing)).toBe(
    'root user of the account',
  );
  expect(decidedBy(request('sts:GetCallerIdentity'), nothing)).toBe(
    'everyone may ask who they are',
  );
});

it('has no reason for what is allowed', () => {
  const asked = request('s3:GetObject');
  const allowed = decided({ Effect: 'Allow', Action: '*', Resource: '*' }, asked);
  expect(reasonOf(asked, allowed)).toBe('');
});

it('calls nobody anonymous', () => {
  const asked = request('s3:GetObject', 'arn:aws:s3:::b/k', {}, anonymous);
  expect(denialMessage(asked, implicit('resource'))).toMatch(/^User: anonymous is not authorized/);
});
