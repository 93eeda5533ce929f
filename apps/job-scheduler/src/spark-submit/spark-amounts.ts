/** Spark's way of writing amounts in properties. */
import { Refused } from '@firesteel/decider/refused';

const mbPerUnit: Readonly<Record<string, number>> = {
  '': 1,
  k: 1 / 1024,
  m: 1,
  g: 1024,
  t: 1024 * 1024,
};

/**
 * MB of a Spark memory text such as `14G`, `512m` or `2048` (MB without a unit).
 * @throws Refused naming the property
 */
export function memoryMb(property: string, text: string): number {
  const [, digits, unit = ''] = /^(\d{1,9})\s*([kmgt]?)b?$/i.exec(text.trim()) ?? [];
  const factor = mbPerUnit[unit.toLowerCase()];
  if (digits === undefined || factor === undefined || Number(digits) === 0)
    throw new Refused(
      'Invalid',
      `${property}=${text} is not an amount of memory such as 4g or 512m.`,
    );
  return Math.ceil(Number(digits) * factor);
}

/**
 * A whole number of at least `min`.
 * @throws Refused naming the property
 */
export function count(property: string, text: string, min: number): number {
  const value = /^\d{1,10}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= min))
    throw new Refused('Invalid', `${property}=${text} is not a whole number of at least ${min}.`);
  return value;
}

/**
 * GB of a disk text such as `20G`, between what AWS allows.
 * @throws Refused naming the property
 */
export function diskGb(property: string, text: string, maxGb: number): number {
  const gb = memoryMb(property, text) / 1024;
  if (!Number.isInteger(gb) || gb < 20 || gb > maxGb)
    throw new Refused(
      'Invalid',
      `${property}=${text} must be a whole number of GB from 20G to ${maxGb}G.`,
    );
  return gb;
}

/**
 * Whether a disk is of the type with which it may be larger, in any of AWS' spellings.
 * @throws Refused naming the property when there is no such type
 */
export function isShuffleOptimized(property: string, text: string): boolean {
  const type = text.trim().toUpperCase();
  if (type !== 'STANDARD' && type !== 'SHUFFLE_OPTIMIZED')
    throw new Refused('Invalid', `${property}=${text} must be STANDARD or SHUFFLE_OPTIMIZED.`);
  return type === 'SHUFFLE_OPTIMIZED';
}
