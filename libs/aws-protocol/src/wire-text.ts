import { serializationException, validationException } from './aws-error.ts';

/**
 * Refuses text that cannot travel on: a lone surrogate has no UTF-8 form, and neither PostgreSQL nor
 * a process' arguments can hold the NUL character. Gives the text back. Throws `ValidationException`.
 */
export function storableText(text: string, path: string): string {
  if (!text.isWellFormed() || text.includes('\u0000')) {
    throw validationException(
      `1 validation error detected: Value at '${path}' failed to satisfy constraint: Member must be well-formed Unicode text without NUL characters`,
    );
  }
  return text;
}

/** Percent-decodes one path label or query part; `+` stays `+`. Throws `ValidationException`. */
export function percentDecoded(raw: string, path: string): string {
  try {
    return storableText(decodeURIComponent(raw), path);
  } catch {
    throw validationException(
      `1 validation error detected: Value at '${path}' failed to satisfy constraint: Member must be percent-encoded UTF-8 text`,
    );
  }
}

/** A JSON or query value has another type than its member. */
export const wrongType = (path: string, type: string) =>
  serializationException(`Value at '${path}' can not be converted to ${type}`);

const INT32 = 2 ** 31;

/** Whether a number is a value of the model's integer type (32 bits) or long type (exact in a double). */
export const isWholeNumber = (type: 'integer' | 'long', value: number): boolean =>
  type === 'integer'
    ? Number.isInteger(value) && value >= -INT32 && value < INT32
    : Number.isSafeInteger(value);

/** The last second JavaScript's Date can show; timestamps beyond it are refused. */
const LAST_SECOND = 8_640_000_000_000;

/** Whether a number is a point in time in epoch seconds that a Date can show. */
export const isEpochSeconds = (value: number): boolean =>
  Number.isFinite(value) && Math.abs(value) <= LAST_SECOND;

const ISO_8601 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Epoch seconds of an ISO-8601 date-time with a zone, or undefined. */
export function epochSecondsOfIso8601(text: string): number | undefined {
  const milliseconds = ISO_8601.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

/** A scalar written as text in a query or form, as its shape's type. Throws when it is not one. */
export function scalarOfText(type: string, text: string, path: string): unknown {
  const value = readScalar(type, text);
  if (value === undefined) throw wrongType(path, type);
  return value;
}

function readScalar(type: string, text: string): unknown {
  switch (type) {
    case 'string':
      return text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'integer':
    case 'long':
      return /^-?\d{1,16}$/.test(text) && isWholeNumber(type, Number(text))
        ? Number(text)
        : undefined;
    case 'timestamp':
      return epochSecondsOfIso8601(text);
    default:
      return undefined;
  }
}
