/**
 * GenerateCredentialReport and GetCredentialReport (IAM user guide, id_credentials_getting-report). A report
 * is of the moment it is read; asking for one opens the four hours in which it may be.
 */
import { readStream } from '@firesteel/event-store';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { LastUse } from '../access/access.ts';
import { lastUsesIn } from '../access/last-use.ts';
import { devicesByUser, everything, keysByUser, listByName } from '../directory.ts';
import type { KeyStatus } from '../key/key.ts';
import { isReportGood, type Principal, rootArn } from '../principal/principal.ts';
import { principals } from '../tables.ts';
import { type User, userArn } from '../user/user.ts';
import { accountOf } from './account.ts';
import { type Actions, at, type Call, change } from './call.ts';
import { IamRefused } from './iam-refused.ts';
import { onAnything } from './needs.ts';
import { toDate } from './shapes.ts';

const keyColumns = (place: 1 | 2): readonly string[] =>
  ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'].map(
    (column) => `access_key_${place}_${column}`,
  );

const columns = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...keyColumns(1),
  ...keyColumns(2),
  'cert_1_active',
  'cert_1_last_rotated',
  'cert_2_active',
  'cert_2_last_rotated',
];

const none = 'N/A';

/** `2026-03-01T12:00:00+00:00`. */
const timeOf = (at: string | undefined): string =>
  at === undefined ? none : at.replace(/(\.\d+)?Z$/, '+00:00');

/** A key as the report tells of it; when one that the installation keeps was made is not known. */
type ReportedKey = {
  readonly accessKeyId: string;
  readonly status: KeyStatus;
  readonly createdAt?: string;
};

type LastUses = ReadonlyMap<string, LastUse>;

function keyCells(key: ReportedKey | undefined, uses: LastUses): readonly string[] {
  const use = key && uses.get(key.accessKeyId);
  return [
    String(key?.status === 'Active'),
    timeOf(key?.createdAt),
    timeOf(use?.at),
    use?.region || none,
    use?.service ?? none,
  ];
}

const dayMs = 24 * 3_600_000;

/** Nobody has ever signed in with a password. */
function passwordCells({ loginProfile }: User, { passwordPolicy }: Principal): readonly string[] {
  if (!loginProfile) return ['false', none, none, none];
  const { passwordChangedAt } = loginProfile;
  const days = passwordPolicy?.maxPasswordAge ?? 0;
  const next = new Date(Date.parse(passwordChangedAt) + days * dayMs).toISOString();
  return ['true', 'no_information', timeOf(passwordChangedAt), days === 0 ? none : timeOf(next)];
}

/** Whether an MFA device is enabled, the first two keys, and no certificates. */
const otherCells = (
  isMFAActive: boolean,
  keys: readonly ReportedKey[],
  uses: LastUses,
): readonly string[] => [
  String(isMFAActive),
  ...keyCells(keys[0], uses),
  ...keyCells(keys[1], uses),
  ...['false', none, 'false', none],
];

const supportedByRoot = ['not_supported', 'no_information', 'not_supported', 'not_supported'];

/** When the account began; undefined once that event has left the log's tables. */
async function registeredAt(em: EntityManager, id: string): Promise<string | undefined> {
  const stream = `principal-${id}`;
  const [gone] = await em.execute<{ version: number }[]>(
    'select log.archived_version(?) as version',
    [stream],
  );
  if (Number(gone?.version ?? 0) > 0) return undefined;
  const facts = await readStream(em, stream);
  const registered = facts.find(({ type }) => type === 'AccountRegistered');
  return (registered?.data as { readonly at?: string } | undefined)?.at;
}

/** A name may have a comma (IAM API reference, userNameType). */
const cell = (text: string): string =>
  /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

async function report({ em, caller: { accountId } }: Call, account: Principal): Promise<string> {
  const users = await listByName(em, 'user', accountId, everything);
  const keys = await keysByUser(em, accountId);
  const devices = await devicesByUser(em, accountId);
  const uses = await lastUsesIn(em, accountId);
  const rootKeys: readonly ReportedKey[] = [
    ...account.keys.map(({ accessKeyId }) => ({ accessKeyId, status: 'Active' as const })),
    ...(keys.get(null) ?? []),
  ];
  const rows = [
    columns,
    [
      '<root_account>',
      rootArn(accountId),
      timeOf(await registeredAt(em, `${accountId}.root`)),
      ...supportedByRoot,
      ...otherCells(false, rootKeys, uses),
    ],
    ...users.map((user) => [
      user.userName,
      userArn(user),
      timeOf(user.createdAt),
      ...passwordCells(user, account),
      ...otherCells(devices.has(user.userId), keys.get(user.userId) ?? [], uses),
    ]),
  ];
  return rows.map((row) => row.map(cell).join(',')).join('\n');
}

const generateCredentialReport = (_input: object, call: Call): Promise<object> =>
  change(call, async (_tx, handle) => {
    const id = `${call.caller.accountId}.root`;
    const command = { type: 'GenerateCredentialReport', at: at(call) } as const;
    const { events } = await handle(principals, id, command);
    return events.length === 0
      ? { State: 'COMPLETE' }
      : {
          State: 'STARTED',
          Description: 'No report exists. Starting a new report generation task',
        };
  });

/** @throws IamRefused before a report was generated, and four hours later */
async function getCredentialReport(_input: object, call: Call): Promise<object> {
  const account = await accountOf(call);
  const { credentialReportAt } = account;
  if (credentialReportAt === undefined)
    throw new IamRefused('ReportNotPresent', 'No credential report is present.');
  if (!isReportGood(credentialReportAt, at(call)))
    throw new IamRefused('ReportExpired', 'The credential report has expired.');
  return {
    Content: Buffer.from(await report(call, account), 'utf8').toString('base64'),
    ReportFormat: 'text/csv',
    GeneratedTime: toDate(at(call)),
  };
}

export const credentialReportActions: Actions = {
  GenerateCredentialReport: { needs: onAnything, answer: generateCredentialReport },
  GetCredentialReport: { needs: onAnything, answer: getCredentialReport },
};
