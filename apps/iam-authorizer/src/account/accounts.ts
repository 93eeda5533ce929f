/** Accounts of the installation: its operator makes them, each with a key of its root user. */
import { randomInt } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { change } from '../iam/call.ts';
import type { IdentitiesInForce } from '../identity/identities-in-force.ts';
import { newAccessKeyId, newSecretAccessKey } from '../identity/unique-ids.ts';
import { keyFor, seal } from '../principal/sealing.ts';
import { keys, principals } from '../tables.ts';

/** A new account; its secret is shown this once. */
export type NewAccount = {
  readonly accountId: string;
  readonly name: string | null;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

/** What is known of an account. */
export type AccountSummary = { readonly accountId: string; readonly name: string | null };

/** Twelve digits, the first of them no zero. */
const randomAccountId = (): string =>
  `${randomInt(1, 10)}${randomInt(0, 100_000_000_000).toString().padStart(11, '0')}`;

/**
 * Makes an account and its root user's first key, both or neither.
 * @throws Refused when there is an account of the id
 */
export async function createAccount(
  asked: { readonly accountId: string | undefined; readonly name: string | undefined },
  options: {
    readonly em: EntityManager;
    readonly identities: IdentitiesInForce;
    readonly masterKey: Buffer;
    readonly now: () => Date;
    readonly requestId: string;
  },
): Promise<NewAccount> {
  const accountId = asked.accountId ?? randomAccountId();
  const accessKeyId = newAccessKeyId();
  const secretAccessKey = newSecretAccessKey();
  const secretSealed = seal(keyFor(options.masterKey, 'access key'), secretAccessKey);
  const at = options.now().toISOString();
  const { em, identities, requestId } = options;
  const meta = { principal: 'operator', requestId };
  await change({ em, identities, meta, caller: { accountId } }, async (_tx, handle) => {
    const registration = { type: 'RegisterAccount', accountId, name: asked.name, at } as const;
    await handle(principals, `${accountId}.root`, registration);
    const issue = { accessKeyId, accountId, userId: null, secretSealed };
    await handle(keys, accessKeyId, { type: 'IssueKey', issue, keys: 0, at });
  });
  return { accountId, name: asked.name ?? null, accessKeyId, secretAccessKey };
}

/** Every account of the installation, in the order of their ids. */
export async function listAccounts(em: EntityManager): Promise<readonly AccountSummary[]> {
  return em.execute<AccountSummary[]>(
    `select state->>'accountId' as "accountId", state->>'name' as name from principal
     where state->>'accountId' is not null order by 1`,
  );
}
