/** Condition keys that every request has, as far as its transport tells (IAM user guide, reference_policies_condition-keys). */
import type { EdgeRequest } from './request.ts';

/** Condition keys and their values, as the authorizer takes them. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** What is kept of a header that a client may fill as it likes. */
const longestHeader = 1_024;

/** All lines of a header as Node's parser joins them, undefined when there is none. */
export function joined({ headers }: EdgeRequest, name: string): string | undefined {
  const lines = headers.filter(([candidate]) => candidate === name).map(([, value]) => value);
  return lines.length === 0 ? undefined : lines.join(', ');
}

/** The header's value under a condition key, nothing when it was not sent. */
export function headerKey(edge: EdgeRequest, name: string, key: string): Context {
  const value = joined(edge, name);
  return value === undefined ? {} : { [key]: value.slice(0, longestHeader) };
}

/** The gateway itself speaks no TLS. */
export const transportContext = (edge: EdgeRequest): Context => ({
  'aws:SecureTransport': 'false',
  ...headerKey(edge, 'user-agent', 'aws:UserAgent'),
  ...headerKey(edge, 'referer', 'aws:Referer'),
});
