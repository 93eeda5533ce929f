/** Service-linked roles (IAM user guide, using-service-linked-roles): a service's own, which nobody else may change. */
import { othersOf } from '../directory.ts';
import { arnOf, noSuch } from '../identity/names.ts';
import { uniqueId } from '../identity/unique-ids.ts';
import { newDeletionTask, roleOfDeletionTask } from '../role/deletion-task.ts';
import { requireRole } from '../role/role.ts';
import { isServiceLinked, serviceLinkedPath } from '../role/service-linked.ts';
import { roles } from '../tables.ts';
import { type Actions, at, type Call, change } from './call.ts';
import { IamRefused } from './iam-refused.ts';
import { type Input, optionalText, text } from './input.ts';
import { type Needs, onRole } from './needs.ts';
import { findRole } from './roles.ts';
import { toRole } from './shapes.ts';

type Linked = { readonly roleName: string; readonly policyArn: string };

/** By service principal: those of the services that there are here. */
const linkedRoles: Readonly<Record<string, Linked>> = {
  'ops.emr-serverless.amazonaws.com': {
    roleName: 'AWSServiceRoleForAmazonEMRServerless',
    policyArn: 'arn:aws:iam::aws:policy/aws-service-role/AmazonEMRServerlessServiceRolePolicy',
  },
};

const trustOf = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  });

/** @throws IamRefused for a service that has none, and for a suffix, which none of them allows */
function linkedOf(input: Input): Linked & { readonly service: string } {
  const service = text(input, 'AWSServiceName');
  const linked = Object.hasOwn(linkedRoles, service) ? linkedRoles[service] : undefined;
  if (!linked)
    throw new IamRefused('InvalidInput', `There is no service-linked role for ${service} here.`);
  if (optionalText(input, 'CustomSuffix') !== undefined)
    throw new IamRefused('InvalidInput', `Custom suffix is not allowed for ${service}`);
  return { service, ...linked };
}

const onLinked: Needs = async (input, { caller }) => {
  const { service, roleName } = linkedOf(input);
  const resource = arnOf('role', caller.accountId, serviceLinkedPath(service), roleName);
  return [{ resource, context: { 'iam:AWSServiceName': service } }];
};

const createServiceLinkedRole = (input: Input, call: Call): Promise<object> =>
  change(call, async (tx, handle) => {
    const { accountId } = call.caller;
    const { service, roleName, policyArn } = linkedOf(input);
    const others = await othersOf(tx, 'role', accountId, roleName);
    if (others.sameName)
      throw new IamRefused(
        'InvalidInput',
        `Service role name ${roleName} has been taken in this account, please try a different suffix.`,
      );
    const path = serviceLinkedPath(service);
    const roleId = uniqueId('role');
    const creation = {
      accountId,
      roleName,
      roleId,
      path,
      arn: arnOf('role', accountId, path, roleName),
      assumeRolePolicyDocument: trustOf(service),
      description: optionalText(input, 'Description') ?? null,
      maxSessionDuration: 3_600,
      permissionsBoundary: null,
      tags: [],
    };
    const { state } = await handle(roles, roleId, {
      type: 'CreateRole',
      creation,
      others,
      at: at(call),
    });
    await handle(roles, roleId, { type: 'AttachPolicy', policyArn, at: at(call) });
    return { Role: toRole(requireRole(state, roleName)) };
  });

/** Nothing here uses such a role: it is gone with the answer. */
const deleteServiceLinkedRole = (input: Input, call: Call): Promise<object> =>
  change(call, async (tx, handle) => {
    const roleName = text(input, 'RoleName');
    const { id, state } = await findRole(tx, call, roleName);
    if (!isServiceLinked(state)) throw noSuch('role', roleName);
    for (const policyArn of state.attached)
      await handle(roles, id, { type: 'DetachPolicy', policyArn, at: at(call) });
    await handle(roles, id, { type: 'DeleteRole', instanceProfiles: 0, at: at(call) });
    const rolePath = `${state.path}${state.roleName}`;
    return { DeletionTaskId: newDeletionTask(call.masterKey, state.accountId, rolePath) };
  });

/** @throws IamRefused for a task that was never given to the account */
function taskRole(input: Input, { caller, masterKey }: Call): string {
  const taskId = text(input, 'DeletionTaskId');
  const path = roleOfDeletionTask(masterKey, caller.accountId, taskId);
  if (path === undefined)
    throw new IamRefused('NoSuchEntity', `Deletion Task Id ${taskId} was not found.`);
  return path;
}

const onTask: Needs = async (input, call) => [
  { resource: `arn:aws:iam::${call.caller.accountId}:role${taskRole(input, call)}` },
];

export const serviceLinkedActions: Actions = {
  CreateServiceLinkedRole: { needs: onLinked, answer: createServiceLinkedRole },
  DeleteServiceLinkedRole: { needs: onRole, answer: deleteServiceLinkedRole },
  GetServiceLinkedRoleDeletionStatus: {
    needs: onTask,
    answer: async () => ({ Status: 'SUCCEEDED' }),
  },
};
