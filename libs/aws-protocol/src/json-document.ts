import { serializationException } from './aws-error.ts';

/** Request bodies over this many bytes are refused before they are parsed. */
export const MAX_BODY_BYTES = 1_048_576;

/** Request bodies nested deeper than this many objects and lists are refused. */
export const MAX_DEPTH = 100;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);

/** The index of the quote that ends the string whose opening quote is at `start`. */
function endOfString(body: Uint8Array, start: number): number {
  let index = start + 1;
  while (index < body.length && body[index] !== QUOTE) index += body[index] === BACKSLASH ? 2 : 1;
  return index;
}

/** How deep the document nests, found without recursion and without building anything. */
function depthOf(body: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < body.length; index += 1) {
    const byte = body[index] as number;
    if (byte === QUOTE) index = endOfString(body, index);
    else if (OPENING.has(byte)) deepest = Math.max(deepest, ++depth);
    else if (CLOSING.has(byte)) depth -= 1;
  }
  return deepest;
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw serializationException('The request body is not a valid JSON document in UTF-8.');
  }
}

/** Whether a parsed JSON value is an object, not a list and not null. */
export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Parses a request body into a JSON object; an empty body is an empty object. Of duplicate keys the
 * last one counts, and nobody downstream sees the others: the bytes are parsed once, here. Throws
 * `SerializationException` for what is no JSON object, not UTF-8, too large or too deep.
 */
export function parseJsonObject(body: Uint8Array): Record<string, unknown> {
  if (body.length === 0) return {};
  if (body.length > MAX_BODY_BYTES) {
    throw serializationException(`The request body is larger than ${MAX_BODY_BYTES} bytes.`);
  }
  if (depthOf(body) > MAX_DEPTH) {
    throw serializationException(`The request body nests deeper than ${MAX_DEPTH} levels.`);
  }
  const document = parse(body);
  if (!isJsonObject(document)) {
    throw serializationException('The request body must be a JSON object.');
  }
  return document;
}
