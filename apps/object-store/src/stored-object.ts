import type { Checksum } from './checksums.ts';

/** The name of a content file: 24 hex digits, chosen at random. */
export type ContentId = string;

/** One piece of an object's content; multipart objects have one per part. */
export type Segment = {
  readonly id: ContentId;
  readonly size: number;
  /** The part's number as the client gave it. */
  readonly part: number;
  /** The part's own checksum, base64. */
  readonly checksum?: string;
};

/** System and user metadata of an object. Header names are lower case; user names lack `x-amz-meta-`. */
export type Attributes = {
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly storageClass?: string;
};

/** Tags of an object or a bucket. */
export type Tags = Readonly<Record<string, string>>;

/** What the index holds for a key. */
export type StoredObject = {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
  /** Entity tag without quotes: MD5 in hex, or `<md5 of md5s>-<parts>`. */
  readonly etag: string;
  /** Where the bytes are: nothing for an empty object, one file, or one per part. */
  readonly content: '' | ContentId | readonly Segment[];
  readonly attributes?: Attributes;
  readonly checksum?: Checksum;
  readonly tags?: Tags;
  /** The multipart upload that made this object, so that a repeated completion can be recognised. */
  readonly upload?: string;
};

/** A part of an unfinished upload. */
export type UploadedPart = {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
  /** Empty when the part has no bytes. */
  readonly content: '' | ContentId;
  readonly checksum?: string;
};

/** What is known of an unfinished multipart upload when it begins. */
export type UploadStart = {
  readonly id: string;
  readonly key: string;
  readonly initiatedMs: number;
  readonly initiator: string;
  readonly attributes?: Attributes;
  readonly tags?: Tags;
  readonly checksum?: Pick<Checksum, 'algorithm' | 'type'>;
};

/** The content of an object as a list, in order. */
export const segmentsOf = (object: StoredObject): readonly Segment[] => {
  if (typeof object.content !== 'string') return object.content;
  return object.content === '' ? [] : [{ id: object.content, size: object.size, part: 1 }];
};

/** The names of the files an object's content is in. */
export const contentIdsOf = (object: StoredObject): readonly ContentId[] =>
  typeof object.content === 'string'
    ? [object.content].filter((id) => id !== '')
    : object.content.map(({ id }) => id);
