import { s3Error } from './s3-errors.ts';

/** An element of a request body. Namespaces and attributes are dropped: S3's bodies give them no meaning. */
export type XmlElement = {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
};

type OpenElement = { name: string; text: string; children: XmlElement[] };

const maxDepth = 16;
const tagPattern =
  /<(\/?)([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const skippedPattern = /(?:<\?[^?]*\?>|<!--(?:(?!--)[\s\S])*-->)/y;
const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

const malformed = (): Error => s3Error('MalformedXML');

const isTextCode = (code: number): boolean =>
  code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);

const fromReference = (reference: string): string => {
  const text = named[reference];
  if (text !== undefined) return text;
  const numeric = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(reference);
  const code = numeric?.[1] === undefined ? Number(numeric?.[2]) : Number.parseInt(numeric[1], 16);
  if (numeric === null || !isTextCode(code)) throw malformed();
  return String.fromCodePoint(code);
};

const decodeText = (raw: string): string => {
  if (!raw.includes('&')) return raw;
  return raw.replace(/&([^;&]{0,12});|&/g, (_whole, reference: string | undefined) =>
    fromReference(reference ?? ''),
  );
};

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

const open = (stack: OpenElement[], name: string): void => {
  if (stack.length > maxDepth) throw malformed();
  stack.push({ name, text: '', children: [] });
};

const close = (stack: OpenElement[], name: string): void => {
  const closed = stack.pop();
  const parent = stack.at(-1);
  if (closed?.name !== name || parent === undefined) throw malformed();
  parent.children.push(closed);
};

/** Takes in one tag and gives the position after it. */
const takeTag = (stack: OpenElement[], text: string, at: number): number => {
  const skipped = matchAt(skippedPattern, text, at);
  if (skipped !== null) return at + skipped[0].length;
  const tag = matchAt(tagPattern, text, at);
  if (tag === null) throw malformed();
  const name = localName(tag[2] ?? '');
  if (tag[1] === '') open(stack, name);
  if (tag[1] === '/' || tag[4] === '/') close(stack, name);
  return at + tag[0].length;
};

const takeText = (stack: OpenElement[], raw: string): void => {
  const current = stack.at(-1);
  if (current !== undefined) current.text += decodeText(raw);
};

const onlyRoot = (stack: readonly OpenElement[]): XmlElement => {
  const [outside] = stack;
  const [root] = outside?.children ?? [];
  const clean = stack.length === 1 && outside?.children.length === 1 && outside.text.trim() === '';
  if (!clean || root === undefined) throw malformed();
  return root;
};

/**
 * Parses a request body strictly: one root, matched tags, the five named entities and numeric ones,
 * no document type, no CDATA. Throws MalformedXML for anything else.
 */
export const parseXml = (source: string): XmlElement => {
  const text = source.replace(/^\uFEFF/, '');
  const stack: OpenElement[] = [{ name: '', text: '', children: [] }];
  let at = 0;
  while (at < text.length) {
    const next = text.indexOf('<', at);
    takeText(stack, text.slice(at, next < 0 ? text.length : next));
    at = next < 0 ? text.length : takeTag(stack, text, next);
  }
  return onlyRoot(stack);
};

/** The text of a child, or undefined when there is no such child. */
export const childText = (parent: XmlElement, name: string): string | undefined =>
  parent.children.find((child) => child.name === name)?.text;

/** All children of one name. */
export const childrenOf = (parent: XmlElement, name: string): readonly XmlElement[] =>
  parent.children.filter((child) => child.name === name);
