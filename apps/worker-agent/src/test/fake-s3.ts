/** As much of S3 as a driver's S3A and the agent need: objects, ranges, listings, deletions. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Objects by path, `/bucket/key` with the key encoded as it came. */
export type Objects = Map<string, Buffer>;
export type S3Answer = {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string | number };
  readonly body?: string | Buffer;
};

const modified = new Date('2026-01-01T00:00:00Z');
const missing: S3Answer = {
  status: 404,
  body: '<Error><Code>NoSuchKey</Code><Message>Not there</Message></Error>',
};

const etagOf = (object: Buffer): string => `"${createHash('md5').update(object).digest('hex')}"`;

/** What is within `aws-chunked`: `<hex length>;chunk-signature=…` CR LF, so many bytes, CR LF, up to a length of 0. */
export const unchunked = (body: Buffer): Buffer => {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at);
    const length = Number.parseInt(body.toString('latin1', at, end), 16);
    if (end < 0 || !(length > 0)) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
};

const put = (request: IncomingMessage, path: string, body: Buffer, objects: Objects): S3Answer => {
  const chunked = String(request.headers['x-amz-content-sha256']).startsWith('STREAMING-');
  const object = chunked ? unchunked(body) : body;
  objects.set(path, object);
  return { status: 200, headers: { etag: etagOf(object) } };
};

const get = (request: IncomingMessage, path: string, objects: Objects): S3Answer => {
  const object = objects.get(path);
  if (object === undefined) return missing;
  const headers = { etag: etagOf(object), 'last-modified': modified.toUTCString() };
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (from === undefined) return { status: 200, headers, body: object };
  const end = Math.min(to ? Number(to) + 1 : object.length, object.length);
  const range = `bytes ${from}-${end - 1}/${object.length}`;
  const body = object.subarray(Number(from), end);
  return { status: 206, headers: { ...headers, 'content-range': range }, body };
};

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** ListObjectsV2, all on one page. */
const list = (bucket: string, query: URLSearchParams, objects: Objects): S3Answer => {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter');
  const found = [...objects]
    .map(([path, object]) => ({ path: decodeURIComponent(path), object }))
    .filter(({ path }) => path.startsWith(`/${bucket}/${prefix}`))
    .map(({ path, object }) => ({ key: path.slice(bucket.length + 2), object }));
  const folders = new Set<string>();
  const contents: string[] = [];
  for (const { key, object } of found) {
    const cut = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
    if (cut >= 0) folders.add(key.slice(0, cut + 1));
    else
      contents.push(
        `<Contents><Key>${escaped(key)}</Key><LastModified>${modified.toISOString()}</LastModified>` +
          `<ETag>${etagOf(object)}</ETag><Size>${object.length}</Size></Contents>`,
      );
  }
  const prefixes = [...folders].map(
    (folder) => `<CommonPrefixes><Prefix>${escaped(folder)}</Prefix></CommonPrefixes>`,
  );
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body:
      `<ListBucketResult><Name>${bucket}</Name><Prefix>${escaped(prefix)}</Prefix>` +
      `<KeyCount>${contents.length + prefixes.length}</KeyCount><IsTruncated>false</IsTruncated>` +
      `${contents.join('')}${prefixes.join('')}</ListBucketResult>`,
  };
};

const deleteMany = (bucket: string, body: Buffer, objects: Objects): S3Answer => {
  for (const [, key] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)) {
    for (const path of objects.keys()) {
      if (decodeURIComponent(path) === `/${bucket}/${key}`) objects.delete(path);
    }
  }
  return { status: 200, body: '<DeleteResult></DeleteResult>' };
};

/** Answers one request, path style; nobody's signature is looked at. */
export const answerS3 = (request: IncomingMessage, body: Buffer, objects: Objects): S3Answer => {
  const url = new URL(request.url ?? '/', 'http://s3');
  const [, bucket = '', ...key] = url.pathname.split('/');
  const isBucket = key.join('/') === '';
  switch (request.method) {
    case 'PUT':
      return put(request, url.pathname, body, objects);
    case 'DELETE':
      objects.delete(url.pathname);
      return { status: 204 };
    case 'POST':
      return deleteMany(bucket, body, objects);
    case 'HEAD':
      return isBucket ? { status: 200 } : get(request, url.pathname, objects);
    default:
      return isBucket
        ? list(bucket, url.searchParams, objects)
        : get(request, url.pathname, objects);
  }
};
