/**
 * JSON with what `JSON.parse` forgets: where a value stands, which members are named twice, and how a
 * number was written. Policies must not repeat a member (IAM user guide, reference_policies_grammar
 * notes), and the simulator answers positions.
 */

/** Offsets into the text: the first character, and the one after the last. */
type Span = { readonly start: number; readonly end: number };

export type JsonObject = Span & {
  readonly type: 'object';
  readonly members: ReadonlyMap<string, JsonNode>;
};
export type JsonNode =
  | JsonObject
  | (Span & { readonly type: 'array'; readonly items: readonly JsonNode[] })
  /** Strings, and numbers and booleans as they are written. */
  | (Span & { readonly type: 'string' | 'number' | 'boolean' | 'null'; readonly text: string });

/** Deeper documents are refused: a policy needs six levels. */
const maxDepth = 16;

type Reader = { readonly text: string; at: number };

const whiteSpace = /[ \t\n\r]*/y;
const scalar =
  /(?<string>"(?:[^"\\]|\\[\s\S])*")|(?<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<boolean>true|false)|(?<null>null)/y;

const fault = (reader: Reader): SyntaxError =>
  new SyntaxError(`unexpected character at offset ${reader.at}`);

function skipWhiteSpace(reader: Reader): void {
  whiteSpace.lastIndex = reader.at;
  whiteSpace.exec(reader.text);
  reader.at = whiteSpace.lastIndex;
}

/** Whether the next character is this one; it is read then, and the space after it. */
function takes(reader: Reader, character: string): boolean {
  if (reader.text[reader.at] !== character) return false;
  reader.at += 1;
  skipWhiteSpace(reader);
  return true;
}

function require(reader: Reader, character: string): void {
  if (!takes(reader, character)) throw fault(reader);
}

function readScalar(reader: Reader): JsonNode {
  const start = reader.at;
  scalar.lastIndex = start;
  const { string, number, boolean, null: nothing } = scalar.exec(reader.text)?.groups ?? {};
  const end = scalar.lastIndex;
  reader.at = end;
  skipWhiteSpace(reader);
  if (string !== undefined)
    return { type: 'string', text: JSON.parse(string) as string, start, end };
  if (number !== undefined) return { type: 'number', text: number, start, end };
  if (boolean !== undefined) return { type: 'boolean', text: boolean, start, end };
  if (nothing !== undefined) return { type: 'null', text: nothing, start, end };
  reader.at = start;
  throw fault(reader);
}

/** Reads `open element , element … close`; answers the offset after the closing character. */
function readSequence(reader: Reader, close: string, readElement: () => void): number {
  if (reader.text[reader.at] !== close) {
    do readElement();
    while (takes(reader, ','));
  }
  const end = reader.at + 1;
  require(reader, close);
  return end;
}

function readMember(reader: Reader, depth: number, members: Map<string, JsonNode>): void {
  const name = readScalar(reader);
  if (name.type !== 'string') throw fault(reader);
  if (members.has(name.text)) throw new SyntaxError(`${name.text} is named twice`);
  require(reader, ':');
  members.set(name.text, readNode(reader, depth));
}

function readNode(reader: Reader, depth: number): JsonNode {
  if (depth > maxDepth) throw new SyntaxError('nested too deeply');
  const start = reader.at;
  if (takes(reader, '{')) {
    const members = new Map<string, JsonNode>();
    const end = readSequence(reader, '}', () => readMember(reader, depth + 1, members));
    return { type: 'object', members, start, end };
  }
  if (takes(reader, '[')) {
    const items: JsonNode[] = [];
    const end = readSequence(reader, ']', () => items.push(readNode(reader, depth + 1)));
    return { type: 'array', items, start, end };
  }
  return readScalar(reader);
}

/** @throws SyntaxError for what is no JSON, repeats a member or is nested too deeply */
export function readJson(text: string): JsonNode {
  const reader: Reader = { text, at: 0 };
  skipWhiteSpace(reader);
  const node = readNode(reader, 0);
  if (reader.at < text.length) throw fault(reader);
  return node;
}

/** A place in a document, counted from 1. */
export type Position = { readonly line: number; readonly column: number };

export function positionAt(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}
