/** Passwords of IAM users: what the account's policy asks of them, and how they are kept. */
import {
  randomBytes,
  type ScryptOptions,
  scrypt as scryptCallback,
  timingSafeEqual,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { PasswordPolicy } from '@firesteel/contracts/events';
import { IamRefused } from '../iam/iam-refused.ts';
import { keyFor, seal, unseal } from '../principal/sealing.ts';

/** What IAM says of a password that lacks it (IAM user guide, id_credentials_passwords_account-policy). */
const requirements: readonly {
  readonly rule: keyof PasswordPolicy;
  readonly pattern: RegExp;
  readonly what: string;
}[] = [
  { rule: 'requireUppercaseCharacters', pattern: /[A-Z]/, what: 'uppercase letter' },
  { rule: 'requireLowercaseCharacters', pattern: /[a-z]/, what: 'lowercase letter' },
  { rule: 'requireNumbers', pattern: /[0-9]/, what: 'number' },
  { rule: 'requireSymbols', pattern: /[!@#$%^&*()_+\-=[\]{}|']/, what: 'symbol' },
];

/** @throws IamRefused when the password is not what the policy asks for */
export function requirePassword(password: string, policy: PasswordPolicy): void {
  const missing = [
    ...(password.length < policy.minimumPasswordLength
      ? [`Password should have a minimum length of ${policy.minimumPasswordLength}`]
      : []),
    ...requirements
      .filter(({ rule, pattern }) => policy[rule] === true && !pattern.test(password))
      .map(({ what }) => `Password should have at least one ${what}`),
  ];
  if (missing.length > 0) throw new IamRefused('PasswordPolicyViolation', missing.join(', '));
}

const scrypt = promisify<string, Buffer, number, ScryptOptions, Buffer>(scryptCallback);
const [saltBytes, hashBytes] = [16, 32];
/** 16 MB and some 50 ms: moderate, since nobody can guess without the master key. */
const cost: ScryptOptions = { N: 2 ** 14, r: 8, p: 1 };

const hashed = (password: string, salt: Buffer): Promise<Buffer> =>
  scrypt(password, salt, hashBytes, cost);

const sealingKey = (masterKey: Buffer) => keyFor(masterKey, 'password');

/** A salted hash, sealed: whoever reads the log alone cannot even guess. */
export async function passwordHashOf(masterKey: Buffer, password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await hashed(password, salt);
  return seal(sealingKey(masterKey), Buffer.concat([salt, hash]).toString('base64url'));
}

/** Whether it is the password of a hash that `passwordHashOf` made. */
export async function isPasswordOf(
  masterKey: Buffer,
  passwordHash: string,
  password: string,
): Promise<boolean> {
  const bytes = Buffer.from(unseal(sealingKey(masterKey), passwordHash) ?? '', 'base64url');
  if (bytes.length !== saltBytes + hashBytes) return false;
  const hash = await hashed(password, bytes.subarray(0, saltBytes));
  return timingSafeEqual(hash, bytes.subarray(saltBytes));
}
