/** Internal calls carry a short-lived token: nothing on loopback trusts its caller for being there. */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** How long a token is good for. */
const lifeMs = 60_000;

/** Milliseconds on a clock that signer and verifier have in common and nobody sets. */
export type MachineClock = () => number;

/** Since the machine's boot, the same in all of its processes: CLOCK_MONOTONIC. */
const sinceBootMs: MachineClock = () => Math.floor(Number(process.hrtime.bigint()) / 1e6);

/** Names this boot of the machine, at which its clock began anew. */
const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** Of a buffer Node would make a key each time, which takes longer than the rest. */
const keyObjects = new WeakMap<Buffer, KeyObject>();

function keyObjectOf(key: Buffer): KeyObject {
  const known = keyObjects.get(key) ?? createSecretKey(key);
  keyObjects.set(key, known);
  return known;
}

/** Over the boot too: what was signed before it, or on another machine, is good for nothing. */
const seal = (key: Buffer, text: string, boot: string): string =>
  createHmac('sha256', keyObjectOf(key))
    .update(`service-token\n${boot}\n${text}`)
    .digest('base64url');

/** `Bearer <service>.<expiry, ms since boot>.<HMAC>` for a call by `service`. */
export const serviceToken = (
  key: Buffer,
  service: string,
  clock: MachineClock = sinceBootMs,
  boot: string = bootId,
): string => {
  const claim = `${service}.${clock() + lifeMs}`;
  return `Bearer ${claim}.${seal(key, claim, boot)}`;
};

/** The calling service, or undefined when the token is missing, forged, too old, or good for longer than we make them. */
export const verifyServiceToken = (
  key: Buffer,
  authorization: string | undefined,
  clock: MachineClock = sinceBootMs,
): string | undefined => {
  const match = /^Bearer ([a-z-]+)\.(\d{1,15})\.([\w-]{43})$/.exec(authorization ?? '');
  if (!match) return undefined;
  const [, service = '', expiry = '', mac = ''] = match;
  const expected = Buffer.from(seal(key, `${service}.${expiry}`, bootId));
  const genuine = timingSafeEqual(expected, Buffer.from(mac));
  const leftMs = Number(expiry) - clock();
  return genuine && leftMs > 0 && leftMs <= lifeMs ? service : undefined;
};
