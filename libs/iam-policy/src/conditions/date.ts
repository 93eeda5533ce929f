/**
 * Date operators: the W3C's profile of ISO 8601, or whole seconds since 1970
 * (reference_policies_elements_condition_operators, Date). Without a zone it is UTC; `T` and `Z` may be small. Digits
 * only are seconds; a year of Java's calendar, an hour of one digit and a time cut short are taken, as IAM does.
 */
import { orderedOperators } from './ordered.ts';

const iso =
  /^(?<year>-?\d{1,9})(?:-(?<month>\d{1,2})(?:-(?<date>\d{1,2}))?)?(?:t(?:(?<hour>\d{1,2})(?::(?<minute>\d{1,2})(?::(?<second>\d{1,2})(?<fraction>\.\d{1,9})?)?)?(?<zone>z|[+-]\d\d(?::?\d\d)?)?)?)?$/i;

/** The latest moment that AWS' Java can count, in seconds. */
const latestSecond = 9_223_372_036_854_775_807n;

/** The years that Java's calendar has. */
const years = { first: -292_275_054, last: 292_278_993 };

/** After so many years the calendar repeats itself, and they are so many milliseconds. */
const cycle = { years: 400, ms: 146_097 * 86_400_000 };

/** Midnight of a day, in milliseconds; null for a day that the calendar lacks. */
function dayMs({ year = '', month = '1', date = '1' }: Groups): number | null {
  const [yearNumber, monthNumber, dateNumber] = [Number(year), Number(month), Number(date)];
  if (yearNumber < years.first || yearNumber > years.last) return null;
  // JavaScript's calendar is shorter: the same year of the cycle that begins in 2000.
  const cycles = Math.floor(yearNumber / cycle.years);
  const day = new Date(
    Date.UTC(2_000 + yearNumber - cycles * cycle.years, monthNumber - 1, dateNumber),
  );
  const exists = day.getUTCMonth() === monthNumber - 1 && day.getUTCDate() === dateNumber;
  return exists ? day.getTime() + (cycles - 5) * cycle.ms : null;
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
  const parts = [dayMs(groups), timeMs(groups), zoneMs(groups['zone'] ?? 'Z')];
  const [day, time, zone] = parts;
  if (day == null || time == null || zone == null) return null;
  return day + time - zone;
}

export const dateOperators = orderedOperators('Date', readDate);
