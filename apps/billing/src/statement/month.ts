/** Months and moments of statements; everything is UTC. */
import { Refused } from '@firesteel/decider/refused';

/** Fixed width, so that moments compare as text: `2026-11-30T23:59:59.123456Z`. @throws RangeError for no moment */
export function instantText(moment: string): string {
  const [seconds = ''] = new Date(moment).toISOString().split('.');
  const [, fraction = ''] = /\.(\d+)/.exec(moment) ?? [];
  return `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

/** @throws Refused unless it is a month as in `2026-11` */
export function requireMonth(text: string): string {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return text;
  throw new Refused('Invalid', `a month is written like 2026-11; ${text} is none`);
}

/** The moments at which a month begins and ends (exclusive), ISO-8601 UTC. */
export function boundsOf(month: string): { readonly start: string; readonly end: string } {
  const start = new Date(`${month}-01T00:00:00Z`);
  const end = new Date(start);
  end.setUTCMonth(end.getUTCMonth() + 1);
  const text = (moment: Date): string => moment.toISOString().replace('.000Z', 'Z');
  return { start: text(start), end: text(end) };
}
