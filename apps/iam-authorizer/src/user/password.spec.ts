import { randomBytes } from 'node:crypto';
import type { PasswordPolicy } from '@firesteel/contracts/events';
import { isPasswordOf, passwordHashOf, requirePassword } from './password.ts';

const lax: PasswordPolicy = {
  minimumPasswordLength: 6,
  requireSymbols: false,
  requireNumbers: false,
  requireUppercaseCharacters: false,
  requireLowercaseCharacters: false,
  allowUsersToChangePassword: false,
  hardExpiry: false,
  maxPasswordAge: 0,
  passwordReusePrevention: 0,
};
const strict: PasswordPolicy = {
  ...lax,
  minimumPasswordLength: 8,
  requireSymbols: true,
  requireNumbers: true,
  requireUppercaseCharacters: true,
  requireLowercaseCharacters: true,
};

it.each<[string, PasswordPolicy, string]>([
  ['short', lax, 'Password should have a minimum length of 6'],
  [
    'no1-digit',
    { ...lax, requireUppercaseCharacters: true },
    'Password should have at least one uppercase letter',
  ],
  [
    'ABC',
    strict,
    'Password should have a minimum length of 8, Password should have at least one lowercase letter, Password should have at least one number, Password should have at least one symbol',
  ],
])('%s is refused', (password, policy, message) => {
  expect(() => requirePassword(password, policy)).toThrow(message);
});

it.each<[string, PasswordPolicy]>([
  ['longer', lax],
  ['Abcdef1!', strict],
  ["Abcdef1'", strict],
  ['Abcdef1]', strict],
])('%s is taken', (password, policy) => {
  expect(() => requirePassword(password, policy)).not.toThrow();
});

describe('the hash of a password', () => {
  const masterKey = randomBytes(32);

  it('is another each time, and of that password alone', async () => {
    const [one, other] = [
      await passwordHashOf(masterKey, 'secret'),
      await passwordHashOf(masterKey, 'secret'),
    ];
    expect(one).not.toBe(other);
    expect(await isPasswordOf(masterKey, one, 'secret')).toBe(true);
    expect(await isPasswordOf(masterKey, one, 'Secret')).toBe(false);
  });

  it('is of no use without the master key', async () => {
    const hash = await passwordHashOf(masterKey, 'secret');
    expect(await isPasswordOf(randomBytes(32), hash, 'secret')).toBe(false);
  });
});
