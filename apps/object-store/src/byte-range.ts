/** A span of an object: first byte and number of bytes. */
export type ByteSpan = { readonly start: number; readonly length: number };

const rangePattern = /^bytes=(\d*)-(\d*)$/;

const clipped = (first: number, last: number, size: number): ByteSpan | 'unsatisfiable' => {
  if (first >= size) return 'unsatisfiable';
  return { start: first, length: Math.min(last, size - 1) - first + 1 };
};

/**
 * Reads a Range header for an object of `size` bytes. Gives undefined when the header is absent, has
 * several ranges or is not a byte range (the whole object is then answered, RFC 9110 §14.2), and
 * 'unsatisfiable' when no byte of the object is in it.
 */
export const parseRange = (
  header: string | undefined,
  size: number,
): ByteSpan | 'unsatisfiable' | undefined => {
  const match = rangePattern.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const wanted = Math.min(Number(last), size);
    return wanted === 0 ? 'unsatisfiable' : { start: size - wanted, length: wanted };
  }
  if (last !== '' && Number(last) < Number(first)) return undefined;
  return clipped(Number(first), last === '' ? Number.POSITIVE_INFINITY : Number(last), size);
};

const copyRangePattern = /^bytes=(\d+)-(\d+)$/;

/**
 * Reads x-amz-copy-source-range, which must name both ends and lie inside the source.
 * Gives 'malformed' or 'unsatisfiable' otherwise. Source: UploadPartCopy, Amazon S3 API reference.
 */
export const parseCopyRange = (
  header: string,
  size: number,
): ByteSpan | 'malformed' | 'unsatisfiable' => {
  const match = copyRangePattern.exec(header.trim());
  if (match === null) return 'malformed';
  const [first, last] = [Number(match[1]), Number(match[2])];
  if (last < first) return 'malformed';
  return last >= size ? 'unsatisfiable' : { start: first, length: last - first + 1 };
};
