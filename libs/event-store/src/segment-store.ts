/**
 * Where segments lie: in a store of the installation's own that no tenant reaches, in a bucket of an S3 that the
 * operator brought, or in a folder. A file that is there is never written again.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { NodeSha256 } from '@firesteel/aws-protocol/sigv4/node-sha256';
import { segmentBucket } from '@firesteel/contracts/segments';
import { serviceToken } from '@firesteel/http/service-token';
import { SignatureV4 } from '@smithy/signature-v4';

export type SegmentStore = {
  /** Resolves when the file is durable. */
  readonly put: (name: string, bytes: Buffer) => Promise<void>;
  /** The file, or undefined when there is none. */
  readonly get: (name: string) => Promise<Buffer | undefined>;
  /** The names of all segments, in the order of the log. */
  readonly list: () => Promise<string[]>;
};

/** What names a store and opens it; members that a kind of store does not need may be missing. */
export type SegmentStoreSettings = {
  /** `object-store`, `s3://bucket[/prefix]`, or the path of a folder. */
  readonly place: string;
  readonly objectStoreUrl?: string | undefined;
  /** The key of the installation's service tokens. */
  readonly serviceKey?: Buffer | undefined;
  readonly s3Endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
};

/** One call takes so long at most; segments are megabytes. */
const timeoutMs = 120_000;

const isMissing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';

const isSegment = (name: string): boolean => name.endsWith('.ndjson.zst');

/** Files in a folder; written beside their place and moved there when whole. */
export const folderStore = (folder: string): SegmentStore => ({
  put: async (name, bytes) => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const draft = join(folder, `${name}.${process.pid}.new`);
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, join(folder, name));
  },
  get: (name) =>
    readFile(join(folder, name)).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    }),
  list: async () => (await readdir(folder)).filter(isSegment).sort(),
});

type Headers = Readonly<Record<string, string>>;
type Sign = (method: 'GET' | 'PUT', url: URL, bodyHash: string) => Promise<Headers>;

/** Keys of a listing; names of segments need no unescaping. */
const keysOf = (listing: string): string[] =>
  [...listing.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key ?? '');

/** Files in a bucket, below a prefix that ends with a slash or is empty, as S3 serves them in path style. */
const httpStore = (bucket: URL, prefix: string, sign: Sign): SegmentStore => {
  const call = async (method: 'GET' | 'PUT', url: URL, body?: Buffer): Promise<Response> => {
    const bodyHash = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    return fetch(url, {
      method,
      headers: await sign(method, url, bodyHash),
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
  };
  const urlOf = (name: string): URL => new URL(`${bucket.pathname}/${prefix}${name}`, bucket);
  const refused = async (what: string, answer: Response): Promise<Error> =>
    new Error(`${what}: ${answer.status} ${(await answer.text()).slice(0, 300)}`);
  /** Keys behind one, as many as S3 gives at a time. */
  const listed = async (after: string): Promise<string[]> => {
    const url = new URL(bucket);
    const query = { 'list-type': '2', prefix, 'start-after': after };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const answer = await call('GET', url);
    if (!answer.ok) throw await refused('segments cannot be listed', answer);
    return keysOf(await answer.text());
  };
  return {
    put: async (name, bytes) => {
      const answer = await call('PUT', urlOf(name), bytes);
      if (!answer.ok) throw await refused(`${name} cannot be stored`, answer);
      await answer.arrayBuffer();
    },
    get: async (name) => {
      const answer = await call('GET', urlOf(name));
      if (answer.ok) return Buffer.from(await answer.arrayBuffer());
      if (answer.status === 404 && (await answer.clone().text()).includes('NoSuchKey'))
        return undefined;
      throw await refused(`${name} cannot be read`, answer);
    },
    list: async () => {
      const names: string[] = [];
      for (let page = await listed(''); page.length > 0; page = await listed(page.at(-1) ?? ''))
        names.push(...page);
      return names
        .map((key) => key.slice(prefix.length))
        .filter(isSegment)
        .sort();
    },
  };
};

/** The account that a platform's bucket does without, but a request does not. */
const noAccount = '000000000000';

/** The store that only our own services reach: a service token, and the headers that the gateway would give. */
const signAsService =
  (serviceKey: Buffer): Sign =>
  async (_method, _url, sha256) => ({
    authorization: serviceToken(serviceKey, 'ledger'),
    'x-firesteel-account': noAccount,
    'x-firesteel-request-id': randomUUID(),
    'x-firesteel-payload-seal': Buffer.from(JSON.stringify({ mode: 'sha256', sha256 })).toString(
      'base64url',
    ),
  });

/** Signature Version 4 with the operator's own key. */
function signAsOperator(region: string, accessKeyId: string, secretAccessKey: string): Sign {
  const signer = new SignatureV4({
    service: 's3',
    region,
    credentials: { accessKeyId, secretAccessKey },
    sha256: NodeSha256,
    uriEscapePath: false,
  });
  return async (method, url, bodyHash) => {
    const { headers } = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host, 'x-amz-content-sha256': bodyHash },
    });
    const { host: _, ...rest } = headers;
    return rest;
  };
}

/**
 * Opens a store; nothing is asked of it yet.
 * @throws Error with one sentence when something that its kind needs is missing
 */
export function openSegmentStore(settings: SegmentStoreSettings): SegmentStore {
  const { place, objectStoreUrl, serviceKey, region = 'us-east-1' } = settings;
  if (place === 'object-store') {
    if (objectStoreUrl === undefined || serviceKey === undefined)
      throw new Error('The installation’s own store of segments needs its address and its key.');
    return httpStore(new URL(`/${segmentBucket}`, objectStoreUrl), '', signAsService(serviceKey));
  }
  if (!place.startsWith('s3://')) return folderStore(place);
  const { s3Endpoint, accessKeyId, secretAccessKey } = settings;
  if (s3Endpoint === undefined || accessKeyId === undefined || secretAccessKey === undefined)
    throw new Error(
      `${place} needs S3_ENDPOINT, SEGMENT_ACCESS_KEY_ID and SEGMENT_SECRET_ACCESS_KEY.`,
    );
  const [bucket = '', ...folders] = place.slice('s3://'.length).split('/').filter(Boolean);
  return httpStore(
    new URL(`/${bucket}`, s3Endpoint),
    folders.map((folder) => `${folder}/`).join(''),
    signAsOperator(region, accessKeyId, secretAccessKey),
  );
}

/** Stands for a store where none is named: nothing can be read from it. */
export const noStore: SegmentStore = {
  put: () => Promise.reject(new Error('SEGMENT_STORE names no place.')),
  get: () => Promise.reject(new Error('SEGMENT_STORE names no place.')),
  list: () => Promise.reject(new Error('SEGMENT_STORE names no place.')),
};
