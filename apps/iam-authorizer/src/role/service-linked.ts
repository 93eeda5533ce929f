/** Roles that a service keeps for itself in an account, told by their path. */
import { IamRefused } from '../iam/iam-refused.ts';
import type { Role, RoleCommand } from './role.ts';

const root = '/aws-service-role/';

export const serviceLinkedPath = (service: string): string => `${root}${service}/`;

export const isServiceLinked = ({ path }: Pick<Role, 'path'>): boolean => path.startsWith(root);

/** Its description is everybody's to change (IAM user guide, using-service-linked-roles); tags limit nobody. */
const forEverybody: readonly RoleCommand['type'][] = ['UpdateRole', 'Tag', 'Untag'];

/** @throws IamRefused for a change of a service-linked role that only its service may make */
export function requireModifiable(role: Role, { type }: RoleCommand): void {
  if (!isServiceLinked(role) || forEverybody.includes(type)) return;
  throw new IamRefused(
    'UnmodifiableEntity',
    `Cannot perform the operation on the protected role '${role.roleName}' - this role is only modifiable by AWS`,
  );
}

/** @throws IamRefused for a path that only service-linked roles have */
export function requireOwnPath(path: string): void {
  if (isServiceLinked({ path }))
    throw new IamRefused('ValidationError', `The path ${root} is reserved for AWS services.`);
}
