import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { serviceToken, verifyServiceToken } from './service-token.ts';

const key = Buffer.alloc(32, 1);
const now = 1_800_000_000;
const at = (ms: number) => () => ms;
const token = serviceToken(key, 'gateway', at(now));

it('names the service that made it', () => {
  expect(verifyServiceToken(key, token, at(now + 59_000))).toBe('gateway');
});

it.each<[string, string | undefined, number, Buffer]>([
  ['nothing', undefined, now, key],
  ['something else', 'Basic abc', now, key],
  ['too old a token', token, now + 60_000, key],
  ['a token from the future', token, now - 1, key],
  ['a token of another key', token, now, Buffer.alloc(32, 2)],
  ['a token of another boot', serviceToken(key, 'gateway', at(now), 'another'), now, key],
  ['another service’s name', token.replace('gateway', 'billing'), now, key],
  ['a later expiry', token.replace(/\.(\d+)\./, (_, ms) => `.${Number(ms) + 1}.`), now + 1, key],
])('refuses %s', (_name, authorization, nowMs, verifier) => {
  expect(verifyServiceToken(verifier, authorization, at(nowMs))).toBeUndefined();
});

it('is good in another process, whatever the wall clocks say', () => {
  const program = `
    Date.now = () => 0;
    const { serviceToken } = await import(process.argv[1]);
    process.stdout.write(serviceToken(Buffer.alloc(32, 1), 'billing'));`;
  const words = ['--input-type=module', '-e', program];
  const { stdout } = spawnSync(
    process.execPath,
    [...words, fileURLToPath(new URL('service-token.ts', import.meta.url))],
    { encoding: 'utf8' },
  );
  expect(verifyServiceToken(key, stdout)).toBe('billing');
});
