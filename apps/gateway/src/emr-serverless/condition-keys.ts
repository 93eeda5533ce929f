/** Condition keys of EMR Serverless: tags of the request and of what it is about (emr-serverless §6.1). */
import { parseArn } from '@firesteel/aws-protocol/ids';
import { parseJsonObject } from '@firesteel/aws-protocol/json-document';
import { rawParameters } from '@firesteel/aws-protocol/sigv4/canonical-request';
import { Refused } from '@firesteel/decider/refused';
import type { Caller } from '@firesteel/http/caller';
import { z } from 'zod';
import type { Context } from '../edge/condition-keys.ts';
import type { Services } from '../edge/services.ts';

type Labels = Readonly<Record<string, string>>;
type Tags = Readonly<Record<string, string>>;

/** Operations whose body has tags that they give. */
const givesTags: readonly string[] = [
  'CreateApplication',
  'StartJobRun',
  'StartSession',
  'TagResource',
];

const tags = z.record(z.string(), z.string());

/** The tags in a body; none in one that is no JSON or has them wrong, which validation will refuse. */
function tagsIn(body: Buffer): Tags {
  try {
    // Read as the request itself is read: what is authorised is what is done.
    return tags.safeParse(parseJsonObject(body)['tags']).data ?? {};
  } catch {
    return {};
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `tagKeys` of UntagResource. */
const tagKeysIn = (rawQuery: string): readonly string[] =>
  rawParameters(rawQuery)
    .filter(([name]) => decoded(name ?? '') === 'tagKeys')
    .map(([, value = '']) => decoded(value));

/** `aws:RequestTag/<key>` and `aws:TagKeys`. */
export function requestTagContext(operation: string, rawQuery: string, body: Buffer): Context {
  if (operation === 'UntagResource') return { 'aws:TagKeys': tagKeysIn(rawQuery) };
  const given = givesTags.includes(operation) ? tagsIn(body) : {};
  const keys = Object.keys(given);
  if (keys.length === 0) return {};
  return {
    ...Object.fromEntries(keys.map((key) => [`aws:RequestTag/${key}`, given[key] ?? ''])),
    'aws:TagKeys': keys,
  };
}

/** What carries tags: an application, or a run of one. */
type Tagged = { readonly applicationId: string; readonly jobRunId?: string | undefined };

/** What the labels name; undefined where it is nothing that is there already. */
function taggedOf({ applicationId, jobRunId, resourceArn }: Labels): Tagged | undefined {
  if (applicationId !== undefined) return { applicationId, jobRunId };
  const arn = parseArn(resourceArn ?? '');
  return (
    arn && {
      applicationId: arn.applicationId,
      jobRunId: 'jobRunId' in arn ? arn.jobRunId : undefined,
    }
  );
}

const application = z.object({ application: z.object({ tags: tags.default({}) }) });
const jobRun = z.object({ jobRun: z.object({ tags: tags.default({}) }) });

async function readTags(
  { applicationId, jobRunId }: Tagged,
  caller: Caller,
  { registry, scheduler }: Services,
): Promise<Tags> {
  const path = `/v1/applications/${encodeURIComponent(applicationId)}`;
  if (jobRunId === undefined)
    return application.parse(await registry.call('GET', path, { caller })).application.tags;
  const run = `${path}/jobruns/${encodeURIComponent(jobRunId)}`;
  return jobRun.parse(await scheduler.call('GET', run, { caller })).jobRun.tags;
}

/** Reads the tags of what the labels name, on behalf of the caller; undefined where it can have none. What is not there has none. */
export function tagReaderOf(
  labels: Labels,
  services: Services,
): { readonly readTags: (caller: Caller) => Promise<Tags> } | undefined {
  const tagged = taggedOf(labels);
  return (
    tagged && {
      readTags: (caller) =>
        readTags(tagged, caller, services).catch((error: unknown) => {
          if (error instanceof Refused && error.kind === 'NotFound') return {};
          throw error;
        }),
    }
  );
}
