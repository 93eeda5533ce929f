/**
 * The identities in force, in memory: who a key or a session stands for, and with which policies, costs
 * some looks into maps. This process alone changes them: whoever does tells it here before it answers.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { BucketPolicy, BucketPolicyState } from '../bucket-policy/bucket-policy.ts';
import type { Group, GroupState } from '../group/group.ts';
import type { InstanceProfileState } from '../instance-profile/instance-profile.ts';
import type { Key, KeyState } from '../key/key.ts';
import type { MFADeviceState } from '../mfa-device/mfa-device.ts';
import type { ManagedPolicy, PolicyState } from '../policy/policy.ts';
import { policyArn } from '../policy/policy.ts';
import type { AccessKey, Principal } from '../principal/principal.ts';
import type { Role, RoleState } from '../role/role.ts';
import type { User, UserState } from '../user/user.ts';

/** The aggregates that are held, by category. */
export type States = {
  readonly principal: Principal;
  readonly key: KeyState;
  readonly user: UserState;
  readonly group: GroupState;
  readonly role: RoleState;
  readonly policy: PolicyState;
  readonly 'instance-profile': InstanceProfileState;
  readonly 'mfa-device': MFADeviceState;
  readonly 'bucket-policy': BucketPolicyState;
};
export type Category = keyof States;

const tableOf: Readonly<Record<Category, string>> = {
  principal: 'principal',
  key: 'access_key',
  user: 'iam_user',
  group: 'iam_group',
  role: 'role',
  policy: 'policy',
  'instance-profile': 'instance_profile',
  'mfa-device': 'mfa_device',
  'bucket-policy': 'bucket_policy',
};
const categories = Object.keys(tableOf) as readonly Category[];

/** One stream's state as it is after a version of it. */
export type Row<Kind extends Category = Category> = {
  readonly category: Kind;
  readonly id: string;
  readonly version: number;
  readonly state: States[Kind];
};

/** A root user's key that the installation keeps, and whose it is. */
export type InstalledKey = { readonly key: AccessKey; readonly accountId: string };

export type IdentitiesInForce = {
  /** From its return on this counts, unless something later does already. */
  readonly apply: (row: Row) => void;
  /** What came of a change under a lock is not known: the tables are read again before anybody is asked about. */
  readonly distrust: (locked: string) => void;
  /** Resolves once what is here is what the tables hold; rejects while they cannot be read. */
  readonly trusted: () => Promise<void>;
  readonly installedKey: (accessKeyId: string) => InstalledKey | undefined;
  readonly key: (accessKeyId: string) => Key | undefined;
  readonly user: (userId: string) => User | undefined;
  readonly group: (groupId: string) => Group | undefined;
  readonly userNamed: (accountId: string, userName: string) => User | undefined;
  readonly roleNamed: (accountId: string, roleName: string) => Role | undefined;
  readonly policy: (arn: string) => ManagedPolicy | undefined;
  readonly bucketPolicy: (bucket: string) => BucketPolicy | undefined;
};

/** Under which names a state is looked up beside its id; none once it is deleted. */
function namesOf({ category, state }: Row): readonly string[] {
  if (category === 'principal')
    return (state as Principal).keys.map(({ accessKeyId }) => `installed ${accessKeyId}`);
  const entity = state as Exclude<States[Exclude<Category, 'principal'>], { exists: false }>;
  if (!entity.exists) return [];
  if ('policyId' in entity) return [`policy ${policyArn(entity)}`];
  if ('instanceProfileId' in entity) return [];
  if ('roleId' in entity) return [nameKey('role', entity.accountId, entity.roleName)];
  return 'userName' in entity ? [nameKey('user', entity.accountId, entity.userName)] : [];
}

const nameKey = (kind: 'user' | 'role', accountId: string, name: string): string =>
  `${kind} ${accountId} ${name.toLowerCase()}`;

const existing = <State extends { readonly exists: boolean }>(
  state: State | undefined,
): Extract<State, { readonly exists: true }> | undefined =>
  state?.exists ? (state as Extract<State, { readonly exists: true }>) : undefined;

async function rowsOf(tx: EntityManager, category: Category): Promise<readonly Row[]> {
  const rows = await tx.execute<Omit<Row, 'category'>[]>(
    `select id, version, state from ${tableOf[category]}`,
  );
  return rows.map((row) => ({ ...row, category }));
}

/** Keeps everybody else from changing an account, or what else is locked by a name, until the transaction ends. */
export async function lockChanges(tx: EntityManager, name: string): Promise<void> {
  await tx.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`iam ${name}`]);
}

/** Begins with what the tables hold. */
export async function loadIdentities(em: EntityManager): Promise<IdentitiesInForce> {
  const rows = new Map<string, Row>();
  const named = new Map<string, Row>();
  let doubted: ReadonlySet<string> = new Set();
  let reading: Promise<void> | null = null;

  const apply = (row: Row): void => {
    const place = `${row.category} ${row.id}`;
    const before = rows.get(place);
    if (before && before.version >= row.version) return;
    for (const name of before ? namesOf(before) : [])
      if (named.get(name)?.id === row.id) named.delete(name);
    rows.set(place, row);
    for (const name of namesOf(row)) named.set(name, row);
  };
  /**
   * A change that is in doubt holds its lock until it has come to its end, one way or the
   * other. Tables lose no rows and versions only rise, so what was applied meanwhile stays.
   */
  const read = async (): Promise<void> => {
    const locked = doubted;
    await em.fork().transactional(async (tx) => {
      for (const name of locked) await lockChanges(tx, name);
      for (const category of categories) for (const row of await rowsOf(tx, category)) apply(row);
    });
    if (doubted === locked) doubted = new Set();
  };
  const state = <Kind extends Category>(kind: Kind, id: string): States[Kind] | undefined =>
    rows.get(`${kind} ${id}`)?.state as States[Kind] | undefined;
  const ofName = <Kind extends Category>(name: string): States[Kind] | undefined =>
    named.get(name)?.state as States[Kind] | undefined;

  await read();
  return {
    apply,
    distrust: (locked) => {
      doubted = new Set([...doubted, locked]);
    },
    trusted: async () => {
      while (doubted.size > 0) {
        reading ??= read().finally(() => {
          reading = null;
        });
        await reading;
      }
    },
    installedKey: (accessKeyId) => {
      const principal = ofName<'principal'>(`installed ${accessKeyId}`);
      const key = principal?.keys.find((candidate) => candidate.accessKeyId === accessKeyId);
      return key && principal?.accountId ? { key, accountId: principal.accountId } : undefined;
    },
    key: (accessKeyId) => existing(state('key', accessKeyId)),
    user: (userId) => existing(state('user', userId)),
    group: (groupId) => existing(state('group', groupId)),
    userNamed: (accountId, name) => existing(ofName<'user'>(nameKey('user', accountId, name))),
    roleNamed: (accountId, name) => existing(ofName<'role'>(nameKey('role', accountId, name))),
    bucketPolicy: (bucket) => existing(state('bucket-policy', bucket)),
    policy: (arn) => existing(ofName<'policy'>(`policy ${arn}`)),
  };
}
