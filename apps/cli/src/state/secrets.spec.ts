import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDirectories, layoutOf } from './layout.ts';
import { keepSecrets, newRootKey } from './secrets.ts';

const layout = layoutOf(mkdtempSync(join(tmpdir(), 'firesteel-secrets-')));
createDirectories(layout);
afterAll(() => rmSync(layout.homeDir, { recursive: true }));

describe('secrets', () => {
  it('are made once and only their owner may read them', () => {
    const first = keepSecrets(layout, ['billing'], undefined);
    expect(keepSecrets(layout, ['billing'], undefined)).toEqual(first);
    expect(statSync(layout.secretsDir).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(layout.secretsDir)) {
      expect(statSync(join(layout.secretsDir, name)).mode & 0o777).toBe(0o600);
    }
    const key = readFileSync(join(layout.secretsDir, 'service.key'), 'utf8');
    expect(key.trim()).toMatch(/^[0-9a-f]{64}$/);
  });
  it('take the user’s root key', () => {
    const own = { accessKeyId: 'AKIAOWNOWNOWNOWNOWNO', secretAccessKey: 'x'.repeat(40) };
    expect(keepSecrets(layout, [], own).rootKey).toEqual(own);
    expect(keepSecrets(layout, [], undefined).rootKey).toEqual(own);
  });
  it('say which file is damaged', () => {
    writeFileSync(join(layout.secretsDir, 'root-access-key.json'), '{"accessKeyId"');
    expect(() => keepSecrets(layout, [], undefined)).toThrow(/root-access-key.json does not hold/);
  });
  it('have AWS’ shape', () => {
    const key = newRootKey();
    expect(key.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(key.secretAccessKey).toMatch(/^[A-Za-z0-9]{40}$/);
  });
});
