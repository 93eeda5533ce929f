import { createHash } from 'node:crypto';

/** JSON whose member order does not depend on the client's. */
const stable = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

/**
 * SHA-256 (hex) of a request's parameters: with the same client token, the same hash is the same
 * request again and another is a conflict (behaviour 12). The order of members makes no difference.
 */
export const requestHashOf = (value: unknown): string =>
  createHash('sha256').update(stable(value)).digest('hex');
