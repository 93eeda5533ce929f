/** The one line that turns a waiting JVM into a driver or an executor; read by WorkerMain. */

/** What WorkerMain does when it is bound: set these, then call `mainClass.main(arguments)`. */
export type JvmBinding = {
  readonly properties: { readonly [name: string]: string };
  readonly environment: { readonly [name: string]: string };
  readonly mainClass: string;
  readonly arguments: readonly string[];
};

const item = '\u0001';
const part = '\u0002';

const clean = (text: string): string => {
  if (text.includes(item) || text.includes(part))
    throw new Error('A job parameter holds a control character');
  return text;
};

const pairs = (values: { readonly [name: string]: string }): string =>
  Object.entries(values)
    .map(([name, value]) => clean(`${name}=${value}`))
    .join(item);

/**
 * Encodes a binding: base64 of UTF-8 `properties ␂ environment ␂ mainClass ␂ arguments`, items
 * separated by ␁, and a line feed. Throws when a value holds one of the two separators.
 */
export const encodeBindLine = (binding: JvmBinding): string => {
  const text = [
    pairs(binding.properties),
    pairs(binding.environment),
    clean(binding.mainClass),
    binding.arguments.map(clean).join(item),
  ].join(part);
  return `${Buffer.from(text, 'utf8').toString('base64')}\n`;
};
