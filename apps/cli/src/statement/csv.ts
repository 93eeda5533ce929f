/** Comma-separated values as in RFC 4180. */

const field = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** One line for each row, the titles first; null is an empty field. */
export const csvLines = (
  titles: readonly string[],
  rows: readonly (readonly (string | null)[])[],
): string[] => [titles, ...rows].map((row) => row.map((text) => field(text ?? '')).join(','));
