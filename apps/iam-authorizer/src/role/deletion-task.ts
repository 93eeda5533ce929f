/**
 * Ids of deletions of service-linked roles. Whether one was given follows from the id, as a session's secret
 * follows from its token: such a role is gone with the answer, and there is nothing to remember.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { keyFor } from '../principal/sealing.ts';

const nonceBytes = 6;
const uuidBytes = 16;

/** The nonce, and a code of account, role and nonce, in a UUID's form. */
function uuidOf(masterKey: Buffer, accountId: string, rolePath: string, nonce: Buffer): string {
  const code = createHmac('sha256', keyFor(masterKey, 'deletion task'))
    .update(`${accountId} ${rolePath} ${nonce.toString('hex')}`)
    .digest();
  const hex = Buffer.concat([nonce, code]).subarray(0, uuidBytes).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** @param rolePath `/aws-service-role/<service>/<role name>` */
export const newDeletionTask = (masterKey: Buffer, accountId: string, rolePath: string): string =>
  `task${rolePath}/${uuidOf(masterKey, accountId, rolePath, randomBytes(nonceBytes))}`;

/** The path and name of the role that is deleted; undefined for a task that was never given to the account. */
export function roleOfDeletionTask(
  masterKey: Buffer,
  accountId: string,
  taskId: string,
): string | undefined {
  const [, rolePath = '', uuid = ''] = /^task(\/.+)\/([0-9a-f-]{36})$/.exec(taskId) ?? [];
  const nonce = Buffer.from(uuid.replaceAll('-', '').slice(0, 2 * nonceBytes), 'hex');
  return uuid !== '' && uuidOf(masterKey, accountId, rolePath, nonce) === uuid
    ? rolePath
    : undefined;
}
