/** Division of non-negative integers with a stated rounding, and integers as decimal text. */

/** To the nearest, ties upward: how quantities are shown. */
export const divideHalfUp = (dividend: bigint, divisor: bigint): bigint =>
  (2n * dividend + divisor) / (2n * divisor);

/** To the nearest, ties to the even neighbour: how money is rounded, so that ties lean neither way. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const twice = 2n * (dividend % divisor);
  if (twice < divisor || (twice === divisor && quotient % 2n === 0n)) return quotient;
  return quotient + 1n;
}

/** `35082667` with 10 places is `0.0035082667`. */
export function decimalText(scaled: bigint, places: number): string {
  const digits = String(scaled).padStart(places + 1, '0');
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** The same without zeros at the end: `0.0526240000` is `0.052624`. */
export const shortDecimalText = (scaled: bigint, places: number): string =>
  decimalText(scaled, places).replace(/\.?0+$/, '');
