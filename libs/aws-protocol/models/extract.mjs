// Makes the JSON files beside this script from an installed botocore (PyPI, Apache-2.0):
//   node models/extract.mjs <botocore>/data
// Documentation strings are dropped, and of IAM and STS only the operations that Firesteel
// offers are kept, with the shapes they reach: the models are loaded by every gateway.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const KEPT = {
  'emr-serverless': undefined,
  iam: [
    'AddRoleToInstanceProfile',
    'AddUserToGroup',
    'AttachGroupPolicy',
    'AttachRolePolicy',
    'AttachUserPolicy',
    'ChangePassword',
    'CreateAccessKey',
    'CreateAccountAlias',
    'CreateGroup',
    'CreateInstanceProfile',
    'CreateLoginProfile',
    'CreatePolicy',
    'CreatePolicyVersion',
    'CreateRole',
    'CreateServiceLinkedRole',
    'CreateUser',
    'CreateVirtualMFADevice',
    'DeactivateMFADevice',
    'DeleteAccessKey',
    'DeleteAccountAlias',
    'DeleteAccountPasswordPolicy',
    'DeleteGroup',
    'DeleteGroupPolicy',
    'DeleteInstanceProfile',
    'DeleteLoginProfile',
    'DeletePolicy',
    'DeletePolicyVersion',
    'DeleteRole',
    'DeleteRolePermissionsBoundary',
    'DeleteRolePolicy',
    'DeleteServiceLinkedRole',
    'DeleteUser',
    'DeleteUserPermissionsBoundary',
    'DeleteUserPolicy',
    'DeleteVirtualMFADevice',
    'DetachGroupPolicy',
    'DetachRolePolicy',
    'DetachUserPolicy',
    'EnableMFADevice',
    'GenerateCredentialReport',
    'GetAccessKeyLastUsed',
    'GetAccountAuthorizationDetails',
    'GetAccountPasswordPolicy',
    'GetAccountSummary',
    'GetContextKeysForCustomPolicy',
    'GetContextKeysForPrincipalPolicy',
    'GetCredentialReport',
    'GetGroup',
    'GetGroupPolicy',
    'GetInstanceProfile',
    'GetLoginProfile',
    'GetMFADevice',
    'GetPolicy',
    'GetPolicyVersion',
    'GetRole',
    'GetRolePolicy',
    'GetServiceLinkedRoleDeletionStatus',
    'GetUser',
    'GetUserPolicy',
    'ListAccessKeys',
    'ListAccountAliases',
    'ListAttachedGroupPolicies',
    'ListAttachedRolePolicies',
    'ListAttachedUserPolicies',
    'ListEntitiesForPolicy',
    'ListGroupPolicies',
    'ListGroups',
    'ListGroupsForUser',
    'ListInstanceProfileTags',
    'ListInstanceProfiles',
    'ListInstanceProfilesForRole',
    'ListMFADeviceTags',
    'ListMFADevices',
    'ListOpenIDConnectProviders',
    'ListPolicies',
    'ListPoliciesGrantingServiceAccess',
    'ListPolicyTags',
    'ListPolicyVersions',
    'ListRolePolicies',
    'ListRoleTags',
    'ListRoles',
    'ListSAMLProviders',
    'ListSSHPublicKeys',
    'ListServerCertificates',
    'ListServiceSpecificCredentials',
    'ListSigningCertificates',
    'ListUserPolicies',
    'ListUserTags',
    'ListUsers',
    'ListVirtualMFADevices',
    'PutGroupPolicy',
    'PutRolePermissionsBoundary',
    'PutRolePolicy',
    'PutUserPermissionsBoundary',
    'PutUserPolicy',
    'RemoveRoleFromInstanceProfile',
    'RemoveUserFromGroup',
    'ResyncMFADevice',
    'SetDefaultPolicyVersion',
    'SimulateCustomPolicy',
    'SimulatePrincipalPolicy',
    'TagInstanceProfile',
    'TagMFADevice',
    'TagPolicy',
    'TagRole',
    'TagUser',
    'UntagInstanceProfile',
    'UntagMFADevice',
    'UntagPolicy',
    'UntagRole',
    'UntagUser',
    'UpdateAccessKey',
    'UpdateAccountPasswordPolicy',
    'UpdateAssumeRolePolicy',
    'UpdateGroup',
    'UpdateLoginProfile',
    'UpdateRole',
    'UpdateRoleDescription',
    'UpdateUser',
  ],
  sts: [
    'AssumeRole',
    'GetAccessKeyInfo',
    'GetCallerIdentity',
    'GetFederationToken',
    'GetSessionToken',
  ],
};

const NOT_NEEDED = new Set(['documentation', 'documentationUrl', 'idempotencyToken', 'box']);

const newestVersion = (folder) => readdirSync(folder).sort().at(-1);

function withoutDocumentation(value, isNameTable = false) {
  if (Array.isArray(value)) return value.map((item) => withoutDocumentation(item));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => isNameTable || !NOT_NEEDED.has(key))
      .map(([key, item]) => [
        key,
        // The keys of these objects are names chosen by the service, not words of the format.
        withoutDocumentation(item, ['members', 'shapes', 'operations'].includes(key)),
      ]),
  );
}

function references(shape) {
  return [shape.member, shape.key, shape.value, ...Object.values(shape.members ?? {})]
    .filter((reference) => reference !== undefined)
    .map((reference) => reference.shape);
}

function reachable(model, operations) {
  const wanted = operations.flatMap((operation) => [
    ...(operation.errors ?? []).map((error) => error.shape),
    ...[operation.input, operation.output].filter(Boolean).map((reference) => reference.shape),
  ]);
  const found = new Set();
  while (wanted.length > 0) {
    const name = wanted.pop();
    if (found.has(name)) continue;
    found.add(name);
    wanted.push(...references(model.shapes[name]));
  }
  return found;
}

function extract(model, operationNames = Object.keys(model.operations)) {
  const { metadata, operations, shapes } = withoutDocumentation(model);
  const keptOperations = operationNames.map((name) => operations[name]);
  const keptShapes = reachable(model, keptOperations);
  return {
    metadata,
    operations: Object.fromEntries(keptOperations.map((operation) => [operation.name, operation])),
    shapes: Object.fromEntries(Object.entries(shapes).filter(([name]) => keptShapes.has(name))),
  };
}

/** One operation or shape a line, so that an update can be read as a diff. */
function format({ metadata, operations, shapes }) {
  const lines = (table) =>
    Object.entries(table)
      .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
      .join(',\n');
  return `{"metadata":${JSON.stringify(metadata)},\n"operations":{\n${lines(operations)}\n},\n"shapes":{\n${lines(shapes)}\n}}\n`;
}

const data = process.argv[2];
for (const [service, operationNames] of Object.entries(KEPT)) {
  const folder = join(data, service);
  const file = join(folder, newestVersion(folder), 'service-2.json.gz');
  const model = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8'));
  const target = fileURLToPath(new URL(`${service}.json`, import.meta.url));
  writeFileSync(target, format(extract(model, operationNames)));
}
