/** Internal calls carry a short-lived token: nothing on loopback trusts its caller for being there. */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** How long a token is good for; clocks of one installation are one clock. */
const lifeMs = 60_000;

/** Of a buffer Node would make a key each time, which takes longer than the rest. */
const keyObjects = new WeakMap<Buffer, KeyObject>();

function keyObjectOf(key: Buffer): KeyObject {
  const known = keyObjects.get(key) ?? createSecretKey(key);
  keyObjects.set(key, known);
  return known;
}

const seal = (key: Buffer, text: string): string =>
  createHmac('sha256', keyObjectOf(key)).update(`service-token\n${text}`).digest('base64url');

/** `Bearer <service>.<expiry ms>.<HMAC>` for a call by `service`. */
export const serviceToken = (key: Buffer, service: string, nowMs: number): string => {
  const claim = `${service}.${nowMs + lifeMs}`;
  return `Bearer ${claim}.${seal(key, claim)}`;
};

/** The calling service, or undefined when the token is missing, forged or too old. */
export const verifyServiceToken = (
  key: Buffer,
  authorization: string | undefined,
  nowMs: number,
): string | undefined => {
  const match = /^Bearer ([a-z-]+)\.(\d{1,15})\.([\w-]{43})$/.exec(authorization ?? '');
  if (!match) return undefined;
  const [, service = '', expiry = '', mac = ''] = match;
  const expected = Buffer.from(seal(key, `${service}.${expiry}`));
  const genuine = timingSafeEqual(expected, Buffer.from(mac));
  return genuine && Number(expiry) > nowMs ? service : undefined;
};
