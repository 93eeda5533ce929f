/** Condition keys that every request has, as far as its transport tells (IAM user guide, reference_policies_condition-keys). */
import type { EdgeRequest } from './request.ts';

/** Condition keys and their values, as the authorizer takes them. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** What is kept of a header that a client may fill as it likes. */
const longestHeader = 1_024;

/** The header's value under a condition key, nothing when it was not sent. */
export function headerKey(edge: EdgeRequest, name: string, key: string): Context {
  const value = edge.headers.find(([candidate]) => candidate === name)?.[1];
  return value === undefined ? {} : { [key]: value.slice(0, longestHeader) };
}

/** The gateway itself speaks no TLS. */
export const transportContext = (edge: EdgeRequest): Context => ({
  'aws:SecureTransport': 'false',
  ...headerKey(edge, 'user-agent', 'aws:UserAgent'),
  ...headerKey(edge, 'referer', 'aws:Referer'),
});
