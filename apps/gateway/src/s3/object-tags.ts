/** Tags of objects, which conditions name `s3:ExistingObjectTag/…`: read from the store when a policy looks at them, and only then. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { serviceUnavailable } from '@firesteel/aws-protocol/aws-error';
import { type Caller, callerHeaders } from '@firesteel/http/caller';
import type { Access, Opened, Tags } from '../edge/authorize.ts';
import type { S3Access } from './action.ts';
import { agent, openedHeader } from './object-store.ts';

export type TagOptions = {
  readonly objectStoreUrl: string;
  readonly serviceAuthorization: () => string;
};

/** Actions on an object that is there, to which the key belongs (Service Authorization Reference, Amazon S3). */
const onExisting =
  /^s3:(?:Get|Put|Delete)Object(?:Version)?(?:Acl|Attributes|Tagging)$|^s3:GetObject(?:Version)?$/;

/** `/<bucket>/<key>` of an object's ARN, for a request of our own. */
function pathOf(resource: string): string {
  const [bucket = '', ...key] = resource.slice('arn:aws:s3:::'.length).split('/');
  return `/${[bucket, key.join('/')].map(encodeURIComponent).join('/')}`;
}

/** The store's answer to GetObjectTagging. */
function askStore(
  resource: string,
  headers: Record<string, string>,
  { objectStoreUrl, serviceAuthorization }: TagOptions,
): Promise<IncomingMessage> {
  const authorization = serviceAuthorization();
  return new Promise((resolve, reject) => {
    const path = `${pathOf(resource)}?tagging`;
    httpRequest(
      new URL(objectStoreUrl),
      { path, headers: { ...headers, authorization }, agent },
      resolve,
    )
      .on('error', reject)
      .end();
  });
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};
const unescaped = (xml: string): string =>
  xml.replace(/&(?:#x([\da-f]+)|(\w+));/g, (_whole, code: string | undefined, name: string) =>
    code === undefined ? (entities[name] ?? '') : String.fromCodePoint(Number.parseInt(code, 16)),
  );

/** The tags of an answer of our own store, which writes them so. */
const tagsIn = (xml: string): Tags =>
  Object.fromEntries(
    [...xml.matchAll(/<Tag><Key>(.*?)<\/Key><Value>(.*?)<\/Value><\/Tag>/gs)].map(
      ([, key = '', value = '']) => [unescaped(key), unescaped(value)],
    ),
  );

/** @throws AwsError 503 when the store does not say; what is not there has no tags */
async function readTags(
  resource: string,
  caller: Caller,
  opened: Opened,
  options: TagOptions,
): Promise<Tags> {
  const headers = { ...callerHeaders(caller), ...openedHeader(opened) };
  const answer = await askStore(resource, headers, options).catch((cause: unknown) => {
    throw Object.assign(serviceUnavailable(), { cause });
  });
  const body = await text(answer);
  if (answer.statusCode === 200) return tagsIn(body);
  if (answer.statusCode === 404) return {};
  throw serviceUnavailable();
}

/** Reads the tags of the object that is asked for or copied; undefined where no condition may ask for them. */
export function tagsReader(
  { action, resource, copySource }: S3Access,
  options: TagOptions,
): Access['readTags'] {
  const tagged = copySource ?? { action, resource };
  return onExisting.test(tagged.action)
    ? (caller, opened) => readTags(tagged.resource, caller, opened, options)
    : undefined;
}
