/** Secrets of one installation: made once, kept in files of mode 0600. */
import { createPublicKey, generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Layout } from './layout.ts';
import { readIfThere, writePrivately } from './private-file.ts';

const rootKeySchema = z.object({
  accessKeyId: z.string().min(16),
  secretAccessKey: z.string().min(16),
});

/** The account's root access key. */
export type RootKey = z.infer<typeof rootKeySchema>;

/** Every secret that the supervisor hands out; service.key and master.key are read by services themselves. */
export type Secrets = {
  readonly rootKey: RootKey;
  readonly adminPassword: string;
  /** Role name → password. */
  readonly rolePasswords: Readonly<Record<string, string>>;
};

const hex = (): string => randomBytes(32).toString('hex');
const pick = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');

/** AKIA and 16 letters of base 32; 40 characters of secret: AWS' own shapes. */
export const newRootKey = (): RootKey => ({
  accessKeyId: `AKIA${pick('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`,
  secretAccessKey: randomBytes(30).toString('base64').replaceAll('/', 'f').replaceAll('+', 's'),
});

/** An Ed25519 key as the ledger reads it: PKCS#8 in PEM. */
const newSigningKey = (): string =>
  String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })).trim();

/** Where the key lies with which the ledger signs checkpoints. */
const signingKeyFile = (layout: Pick<Layout, 'secretsDir'>): string =>
  join(layout.secretsDir, 'ledger-signing.pem');

/** The public key that belongs to it, SPKI in PEM; undefined before the first start. */
export function ledgerPublicKey(layout: Pick<Layout, 'secretsDir'>): string | undefined {
  const pem = readIfThere(signingKeyFile(layout));
  return pem && String(createPublicKey(pem).export({ type: 'spki', format: 'pem' }));
}

/** The file's text; made and stored when there is none. */
function keep(path: string, make: () => string): string {
  const stored = readIfThere(path)?.trim();
  if (stored) return stored;
  const made = make();
  writePrivately(path, `${made}\n`);
  return made;
}

function keepRootKey(path: string, wanted: RootKey | undefined): RootKey {
  if (wanted !== undefined) {
    writePrivately(path, `${JSON.stringify(wanted)}\n`);
    return wanted;
  }
  const text = keep(path, () => JSON.stringify(newRootKey()));
  try {
    return rootKeySchema.parse(JSON.parse(text));
  } catch {
    throw new Error(`${path} does not hold an access key: remove it and a new one is made.`);
  }
}

/**
 * Reads the secrets and makes those that are missing.
 * @param wantedRootKey the user's own root key, which replaces a stored one
 * @throws Error with one sentence when a file is damaged or cannot be written
 */
export function keepSecrets(
  layout: Layout,
  roles: readonly string[],
  wantedRootKey: RootKey | undefined,
): Secrets {
  const file = (name: string): string => join(layout.secretsDir, name);
  for (const name of ['service.key', 'master.key']) keep(file(name), hex);
  keep(signingKeyFile(layout), newSigningKey);
  return {
    rootKey: keepRootKey(file('root-access-key.json'), wantedRootKey),
    adminPassword: keep(file('database-admin.password'), hex),
    rolePasswords: Object.fromEntries(
      roles.map((role) => [role, keep(file(`database-${role}.password`), hex)]),
    ),
  };
}
