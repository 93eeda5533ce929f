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

const claims = z.object({
  accessKeyId: z.string(),
  accountId: z.string(),
  roleArn: z.string(),
  sessionName: z.string(),
  policy: z.string().nullable(),
  /** The attempt it was given to; tokens of earlier versions do not say. */
  jobRun: jobRunAttempt.nullable().default(null),
  issuedAtMs: z.number(),
  expiresAtMs: z.number(),
});

/** What a session may do and until when. */
export type SessionClaims = z.infer<typeof claims>;

export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** ISO-8601 UTC. */
  readonly expiration: string;
};

/** Shortest and longest life of a session, in seconds (STS AssumeRole). */
export const sessionSeconds = { shortest: 900, longest: 43_200 } as const;

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const randomKeyId = (): string =>
  `ASIA${[...randomBytes(16)].map((byte) => base32.charAt(byte % 32)).join('')}`;

const secretOf = (masterKey: Buffer, token: string): string =>
  createHmac('sha256', keyFor(masterKey, 'session secret'))
    .update(token)
    .digest('base64')
    .slice(0, 40);

/** Issues credentials for a session of a role. */
export function issueSession(
  masterKey: Buffer,
  session: Pick<SessionClaims, 'accountId' | 'roleArn' | 'sessionName' | 'policy' | 'jobRun'>,
  seconds: number,
  now: Date,
): Credentials {
  const accessKeyId = randomKeyId();
  const expiresAtMs = now.getTime() + seconds * 1_000;
  const full: SessionClaims = { ...session, accessKeyId, issuedAtMs: now.getTime(), expiresAtMs };
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

/** The principal of a session: `arn:aws:sts::<account>:assumed-role/<role name>/<session name>`. */
export const sessionArn = ({ accountId, roleArn, sessionName }: SessionClaims): string =>
  `arn:aws:sts::${accountId}:assumed-role/${roleArn.slice(roleArn.lastIndexOf('/') + 1)}/${sessionName}`;
