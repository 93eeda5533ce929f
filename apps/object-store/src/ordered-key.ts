/**
 * A key as a string with one character (U+0000..U+00FF) per byte of its UTF-8 form.
 * S3 lists keys in UTF-8 binary order, which differs from JavaScript's UTF-16 order beyond the
 * basic plane; in this form the language's own `<` gives S3's order, and V8 keeps one byte per character.
 */
export type OrderedKey = string;

/** The ordered form of a key given as ordinary text. */
export const toOrderedKey = (text: string): OrderedKey =>
  Buffer.from(text, 'utf8').toString('latin1');

/** The ordinary text of an ordered key. */
export const toKeyText = (key: OrderedKey): string => Buffer.from(key, 'latin1').toString('utf8');

/**
 * The smallest ordered key greater than every key that starts with `prefix`.
 * UTF-8 never contains the byte 0xFF, so raising the last byte by one never overflows.
 * The prefix must not be empty.
 */
export const afterPrefix = (prefix: OrderedKey): OrderedKey =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
