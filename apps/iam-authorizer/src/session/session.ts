/**
 * Temporary credentials without a table: the token carries its own claims, sealed, and the secret
 * follows from them. Nothing to store, nothing to leak from a backup.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { keyFor, seal, unseal } from '../principal/sealing.ts';

const jobRunAttempt = z.object({ jobRunId: z.string(), attempt: z.number().int().positive() });

/** One attempt of a run, counted from 1. */
export type JobRunAttempt = z.infer<typeof jobRunAttempt>;

const life = {
  accessKeyId: z.string(),
  accountId: z.string(),
  issuedAtMs: z.number(),
  expiresAtMs: z.number(),
};

/** A session of a role. What tokens of earlier versions do not say has a default. */
const roleClaims = z.object({
  kind: z.literal('role').default('role'),
  ...life,
  roleArn: z.string(),
  /** Null in tokens of earlier versions. */
  roleId: z.string().nullable().default(null),
  sessionName: z.string(),
  /** An inline session policy. */
  policy: z.string().nullable(),
  /** ARNs of managed session policies. */
  policyArns: z.array(z.string()).default([]),
  tags: z.record(z.string(), z.string()).default({}),
  transitiveTagKeys: z.array(z.string()).default([]),
  sourceIdentity: z.string().nullable().default(null),
  /** The attempt it was given to. */
  jobRun: jobRunAttempt.nullable().default(null),
});

/** A session of a user, as GetSessionToken gives them; of the root user when `userId` is null. */
const userClaims = z.object({
  kind: z.literal('user'),
  ...life,
  userId: z.string().nullable(),
  /** When a code of an MFA device was given for it; null for none, and in tokens of earlier versions. */
  mfaAtMs: z.number().nullable().default(null),
});

/** A session that GetFederationToken gives in a user's name, or in the root user's when `userId` is null. */
const federatedClaims = z.object({
  kind: z.literal('federated'),
  ...life,
  userId: z.string().nullable(),
  /** Who it is for, as the caller says. */
  name: z.string(),
  /** Session policies: without any, nothing is allowed. */
  policy: z.string().nullable(),
  policyArns: z.array(z.string()),
  tags: z.record(z.string(), z.string()),
});

const claims = z.union([userClaims, federatedClaims, roleClaims]);

export type RoleClaims = z.infer<typeof roleClaims>;
export type UserClaims = z.infer<typeof userClaims>;
export type FederatedClaims = z.infer<typeof federatedClaims>;

/** What a session may do and until when. */
export type SessionClaims = RoleClaims | UserClaims | FederatedClaims;

/** What a session is issued for. */
export type SessionGrant =
  | Omit<RoleClaims, 'accessKeyId' | 'issuedAtMs' | 'expiresAtMs'>
  | Omit<UserClaims, 'accessKeyId' | 'issuedAtMs' | 'expiresAtMs'>
  | Omit<FederatedClaims, 'accessKeyId' | 'issuedAtMs' | 'expiresAtMs'>;

export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** ISO-8601 UTC. */
  readonly expiration: string;
};

/** Shortest and longest life of a role's session, in seconds (STS AssumeRole). */
export const sessionSeconds = { shortest: 900, longest: 43_200 } as const;

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const randomKeyId = (): string =>
  `ASIA${[...randomBytes(16)].map((byte) => base32.charAt(byte % 32)).join('')}`;

const secretOf = (masterKey: Buffer, token: string): string =>
  createHmac('sha256', keyFor(masterKey, 'session secret'))
    .update(token)
    .digest('base64')
    .slice(0, 40);

/** What a role's session has where nobody says otherwise. */
export const plainRoleSession = {
  kind: 'role',
  policy: null,
  policyArns: [],
  tags: {},
  transitiveTagKeys: [],
  sourceIdentity: null,
  jobRun: null,
} satisfies Partial<RoleClaims>;

/** Issues credentials for a session. */
export function issueSession(
  masterKey: Buffer,
  grant: SessionGrant,
  seconds: number,
  now: Date,
): Credentials {
  const accessKeyId = randomKeyId();
  const expiresAtMs = now.getTime() + seconds * 1_000;
  const full: SessionClaims = { ...grant, accessKeyId, issuedAtMs: now.getTime(), expiresAtMs };
  const sessionToken = seal(keyFor(masterKey, 'session token'), JSON.stringify(full));
  return {
    accessKeyId,
    secretAccessKey: secretOf(masterKey, sessionToken),
    sessionToken,
    expiration: new Date(expiresAtMs).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}

/** Reads a token: its claims and the secret that signs with it, or undefined when it is none of ours. */
export function readSession(
  masterKey: Buffer,
  token: string,
): { readonly claims: SessionClaims; readonly secretAccessKey: string } | undefined {
  const text = unseal(keyFor(masterKey, 'session token'), token);
  return text === undefined
    ? undefined
    : { claims: claims.parse(JSON.parse(text)), secretAccessKey: secretOf(masterKey, token) };
}

/** The principal of a role's session: `arn:aws:sts::<account>:assumed-role/<role name>/<session name>`. */
export const sessionArn = ({
  accountId,
  roleArn,
  sessionName,
}: Pick<RoleClaims, 'accountId' | 'roleArn' | 'sessionName'>): string =>
  `arn:aws:sts::${accountId}:assumed-role/${roleArn.slice(roleArn.lastIndexOf('/') + 1)}/${sessionName}`;

/** The principal of a federated user: `arn:aws:sts::<account>:federated-user/<name>`. */
export const federatedUserArn = (accountId: string, name: string): string =>
  `arn:aws:sts::${accountId}:federated-user/${name}`;

/**
 * When a code of an MFA device was given for it; null for a session without, and for a role's: the role's trust policy
 * sees the code, the credentials do not tell of it (IAM user guide, id_credentials_mfa_configure-api-require).
 */
export const mfaAtMsOf = (session: SessionClaims): number | null =>
  session.kind === 'user' ? session.mfaAtMs : null;

/** The attempt of a run that a session was given to; null for any other session. */
export const jobRunOf = (session: SessionClaims): JobRunAttempt | null =>
  session.kind === 'role' ? session.jobRun : null;
