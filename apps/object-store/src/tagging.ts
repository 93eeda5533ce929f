import { s3Error } from './s3-errors.ts';
import type { Tags } from './stored-object.ts';
import { childrenOf, childText, parseXml } from './xml-reading.ts';
import { element, xmlDocument } from './xml-writing.ts';

const maxKeyLength = 128;
const maxValueLength = 256;

const collect = (pairs: readonly (readonly [string, string])[], limit: number): Tags => {
  const tags = new Map<string, string>();
  for (const [key, value] of pairs) {
    const invalid = key === '' || key.length > maxKeyLength || value.length > maxValueLength;
    if (invalid || tags.has(key)) throw s3Error('InvalidTag');
    tags.set(key, value);
  }
  if (tags.size > limit) throw s3Error('InvalidTag', `There can be no more than ${limit} tags.`);
  return Object.fromEntries(tags);
};

/**
 * Reads the x-amz-tagging header, `name=value&name=value` with URL encoding. An absent header is no tags.
 * Throws InvalidArgument when it cannot be decoded, InvalidTag past S3's limits (10 tags).
 */
export const parseTaggingHeader = (header: string | undefined): Tags | undefined => {
  if (header === undefined || header === '') return undefined;
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text.replaceAll('+', ' '));
    } catch {
      throw s3Error('InvalidArgument', 'The header x-amz-tagging is not URL encoded.');
    }
  };
  const pairs = header.split('&').map((pair): [string, string] => {
    const [name = '', ...rest] = pair.split('=');
    return [decode(name), decode(rest.join('='))];
  });
  return collect(pairs, 10);
};

/** Reads a `<Tagging>` body of at most `limit` tags. Throws MalformedXML, InvalidTag. */
export const parseTagging = (body: string, limit: number): Tags => {
  const root = parseXml(body);
  const [tagSet] = childrenOf(root, 'TagSet');
  if (root.name !== 'Tagging' || tagSet === undefined) throw s3Error('MalformedXML');
  const pairs = childrenOf(tagSet, 'Tag').map((tag): [string, string] => {
    const [key, value] = [childText(tag, 'Key'), childText(tag, 'Value')];
    if (key === undefined || value === undefined) throw s3Error('MalformedXML');
    return [key, value];
  });
  return collect(pairs, limit);
};

/** A `<Tagging>` answer. */
export const taggingDocument = (tags: Tags): string =>
  xmlDocument(
    'Tagging',
    element(
      'TagSet',
      Object.entries(tags).map(([key, value]) =>
        element('Tag', element('Key', key), element('Value', value)),
      ),
    ),
  );
