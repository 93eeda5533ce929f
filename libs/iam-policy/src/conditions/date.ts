/**
 * Date operators: the W3C's profile of ISO 8601, or whole seconds since 1970
 * (reference_policies_elements_condition_operators, Date). Without a zone it is UTC; `T` and `Z` may be small.
 */
import { orderedOperators } from './ordered.ts';

const iso =
  /^(?<day>\d{4}(?:-\d\d(?:-\d\d)?)?)(?:t(?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?<fraction>\.\d{1,9})?)?(?<zone>z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** The latest moment that AWS' Java can count, in seconds. */
const latestSecond = 9_223_372_036_854_775_807n;

/** Midnight of a day, in milliseconds; null for a day that the calendar lacks. */
function dayMs(day: string): number | null {
  const [year = '', month = '01', date = '01'] = day.split('-');
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(date));
  return new Date(ms).toISOString().startsWith(`${year}-${month}-${date}`) ? ms : null;
}

/** How far a zone's clocks are ahead, in milliseconds; null for one that cannot be. */
function zoneMs(zone: string): number | null {
  if (/^z$/i.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', ''));
  const ms = (hours * 60 + minutes) * 60_000;
  if (hours > 23 || minutes > 59) return null;
  return zone.startsWith('-') ? -ms : ms;
}

/** Time of a day, in milliseconds; null for one that clocks lack. */
function timeMs({ hour = '0', minute = '0', second = '0', fraction = '' }: Groups): number | null {
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second)];
  return hours > 23 || minutes > 59 || seconds > 59
    ? null
    : (hours * 60 + minutes) * 60_000 + Number(`${seconds}${fraction}`) * 1_000;
}

type Groups = Readonly<Record<string, string | undefined>>;

/** Milliseconds since 1970, or null for what is no date. */
export function readDate(text: string): number | null {
  if (/^\d+$/.test(text)) return BigInt(text) > latestSecond ? null : Number(text) * 1_000;
  const groups = iso.exec(text)?.groups;
  if (groups === undefined) return null;
  const parts = [dayMs(groups['day'] ?? ''), timeMs(groups), zoneMs(groups['zone'] ?? 'Z')];
  const [day, time, zone] = parts;
  if (day == null || time == null || zone == null) return null;
  return day + time - zone;
}

export const dateOperators = orderedOperators('Date', readDate);
