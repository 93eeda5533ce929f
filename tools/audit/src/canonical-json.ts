/** JSON with one spelling: members sorted, absent ones left out; the same in every process and locale. */

const sorted = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** Two values with the same text are the same value; `undefined` has the text `nothing`. */
export const canonicalJson = (value: unknown): string => JSON.stringify(value, sorted) ?? 'nothing';
