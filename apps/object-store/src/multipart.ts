import { createHash } from 'node:crypto';
import type { Upload } from './bucket-state.ts';
import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumAlgorithms,
  compositeChecksum,
  fullObjectChecksum,
  toChecksumAlgorithm,
} from './checksums.ts';
import { s3Error } from './s3-errors.ts';
import type { Segment, StoredObject, UploadedPart } from './stored-object.ts';
import { childrenOf, childText, parseXml, type XmlElement } from './xml-reading.ts';

/** A part as the completion names it. */
export type NamedPart = {
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: Readonly<Partial<Record<ChecksumAlgorithm, string>>>;
};

/** Every part but the last has at least 5 MiB. */
export const minPartBytes = 5 * 1024 * 1024;
const maxParts = 10_000;

/** Reads a part number, 1 to 10000. Throws InvalidArgument. */
export const parsePartNumber = (text: string | undefined): number => {
  const number = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0;
  if (number >= 1 && number <= maxParts) return number;
  throw s3Error(
    'InvalidArgument',
    'Part number must be an integer between 1 and 10000, inclusive',
    { ArgumentName: 'partNumber', ArgumentValue: text ?? '' },
  );
};

const namedChecksums = (part: XmlElement): NamedPart['checksums'] =>
  Object.fromEntries(
    checksumAlgorithms.flatMap((algorithm) => {
      const value = childText(part, `Checksum${algorithm.toUpperCase()}`);
      return value === undefined ? [] : [[algorithm, value.trim()]];
    }),
  );

const parseNamedPart = (part: XmlElement): NamedPart => {
  const number = childText(part, 'PartNumber')?.trim();
  const etag = childText(part, 'ETag')?.trim();
  if (number === undefined || etag === undefined) throw s3Error('MalformedXML');
  return {
    number: parsePartNumber(number),
    etag: etag.replace(/^"|"$/g, ''),
    checksums: namedChecksums(part),
  };
};

/** Reads a `<CompleteMultipartUpload>` body. Throws MalformedXML, InvalidPartOrder, InvalidArgument. */
export const parseCompletion = (body: string): readonly NamedPart[] => {
  const root = parseXml(body);
  const parts = childrenOf(root, 'Part').map(parseNamedPart);
  if (root.name !== 'CompleteMultipartUpload' || parts.length === 0 || parts.length > maxParts) {
    throw s3Error('MalformedXML');
  }
  const ordered = parts.every(({ number }, at) => number > (parts[at - 1]?.number ?? 0));
  if (!ordered) throw s3Error('InvalidPartOrder');
  return parts;
};

const agrees = (named: NamedPart, part: UploadedPart, upload: Upload): boolean => {
  if (named.etag !== part.etag) return false;
  const algorithm = upload.checksum?.algorithm;
  const value = algorithm === undefined ? undefined : named.checksums[algorithm];
  return value === undefined || part.checksum === undefined || value === part.checksum;
};

/** The uploaded parts the completion names. Throws InvalidPart, EntityTooSmall. */
export const chosenParts = (
  upload: Upload,
  named: readonly NamedPart[],
): readonly UploadedPart[] => {
  const parts = named.map((each) => {
    const part = upload.parts.get(each.number);
    if (part === undefined || !agrees(each, part, upload)) {
      throw s3Error('InvalidPart', undefined, {
        UploadId: upload.id,
        PartNumber: String(each.number),
        ETag: each.etag,
      });
    }
    return part;
  });
  const small = parts.slice(0, -1).find(({ size }) => size < minPartBytes);
  if (small !== undefined) {
    throw s3Error('EntityTooSmall', undefined, {
      ProposedSize: String(small.size),
      MinSizeAllowed: String(minPartBytes),
      PartNumber: String(small.number),
      ETag: small.etag,
    });
  }
  return parts;
};

/** The entity tag of a multipart object: MD5 of the parts' MD5s, and their number. */
export const multipartEtag = (parts: readonly Pick<UploadedPart, 'etag'>[]): string => {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(Buffer.from(etag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
};

/** The checksum of the whole; undefined when a part has none. */
const wholeChecksum = (upload: Upload, parts: readonly UploadedPart[]): Checksum | undefined => {
  if (upload.checksum === undefined) return undefined;
  const { algorithm, type } = upload.checksum;
  const values = parts.flatMap(({ size, checksum }) =>
    checksum === undefined ? [] : [{ size, value: checksum }],
  );
  if (values.length < parts.length) return undefined;
  return type === 'FULL_OBJECT'
    ? fullObjectChecksum(algorithm, values)
    : compositeChecksum(algorithm, values);
};

const segmentOf = ({ content, size, number, checksum }: UploadedPart): Segment => ({
  id: content,
  size,
  part: number,
  ...(checksum === undefined ? {} : { checksum }),
});

/** The object that chosen parts make: it takes over their files, and no byte is copied. */
export const assembleObject = (
  upload: Upload,
  parts: readonly UploadedPart[],
  modifiedMs: number,
): StoredObject => {
  const checksum = wholeChecksum(upload, parts);
  return {
    size: parts.reduce((sum, { size }) => sum + size, 0),
    modifiedMs,
    etag: multipartEtag(parts),
    content: parts.filter(({ content }) => content !== '').map(segmentOf),
    upload: upload.id,
    ...(upload.attributes === undefined ? {} : { attributes: upload.attributes }),
    ...(upload.tags === undefined ? {} : { tags: upload.tags }),
    ...(checksum === undefined ? {} : { checksum }),
  };
};

const defaultType = (algorithm: ChecksumAlgorithm): Checksum['type'] =>
  algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE';

const canCombine = (algorithm: ChecksumAlgorithm, type: string): boolean =>
  type === 'COMPOSITE' ? algorithm !== 'crc64nvme' : algorithm.startsWith('crc');

/**
 * The checksum an upload is begun with, from x-amz-checksum-algorithm and x-amz-checksum-type.
 * Throws InvalidRequest when the algorithm is unknown or cannot be of that type.
 * Source: "Checking object integrity", Amazon S3 user guide.
 */
export const uploadChecksum = (
  algorithmHeader: string | undefined,
  typeHeader: string | undefined,
): Pick<Checksum, 'algorithm' | 'type'> | undefined => {
  if (algorithmHeader === undefined) return undefined;
  const algorithm = toChecksumAlgorithm(algorithmHeader);
  if (algorithm === undefined) {
    throw s3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
  }
  const type = typeHeader?.toUpperCase() ?? defaultType(algorithm);
  if ((type !== 'FULL_OBJECT' && type !== 'COMPOSITE') || !canCombine(algorithm, type)) {
    throw s3Error(
      'InvalidRequest',
      `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`,
    );
  }
  return { algorithm, type };
};
