/** Text that is already XML. */
export type Xml = { readonly xml: string };

/** What may stand inside an element: text to escape, XML, or nothing at all. */
export type XmlContent = string | number | boolean | Xml | undefined | readonly XmlContent[];

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

const escapeCharacter = (character: string): string =>
  escapes[character] ?? `&#x${character.charCodeAt(0).toString(16)};`;

/**
 * Escapes text for XML. Control characters become numeric references: XML 1.0 forbids most of them
 * even so, but S3 writes them the same way, and clients that care ask for `encoding-type=url`.
 */
export const escapeXml = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped here.
  text.replace(/[&<>"'\u0000-\u0008\u000b-\u001f\u007f]/g, escapeCharacter);

const render = (content: XmlContent): string => {
  if (content === undefined) return '';
  if (typeof content !== 'object') return escapeXml(String(content));
  if ('xml' in content) return content.xml;
  return content.map(render).join('');
};

/** An element with its content. */
export const element = (name: string, ...content: readonly XmlContent[]): Xml => ({
  xml: `<${name}>${render(content)}</${name}>`,
});

/** An element, or nothing when its text is undefined. */
export const optionalElement = (name: string, text: string | number | undefined): XmlContent =>
  text === undefined ? undefined : element(name, text);

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A whole answer: the root carries S3's namespace. */
export const xmlDocument = (root: string, ...content: readonly XmlContent[]): string =>
  `${declaration}<${root} xmlns="${namespace}">${render(content)}</${root}>`;

/** A whole answer whose root has no namespace, as error answers have it. */
export const plainDocument = (root: string, ...content: readonly XmlContent[]): string =>
  `${declaration}<${root}>${render(content)}</${root}>`;
