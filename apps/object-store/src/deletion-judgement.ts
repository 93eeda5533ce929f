/** Asks the iam-authorizer about the keys of DeleteObjects, on behalf of the caller whom the gateway has named. */
import type { IncomingMessage } from 'node:http';
import type { InternalClient } from '@firesteel/http/internal-client';
import { z } from 'zod';
import type { MayDelete } from './operation.ts';
import { s3Error } from './s3-errors.ts';
import { headerOf, parseTarget } from './s3-request.ts';

const answer = z.object({ allowed: z.array(z.boolean()) });

/** The session token that the signature was checked with: a presigned request has it in its query. */
const sessionTokenOf = ({ headers, url }: IncomingMessage): string | null => {
  const { query } = parseTarget(headers.host ?? '', url ?? '/');
  const presigned = query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm');
  const inQuery = presigned ? query.get('X-Amz-Security-Token') : undefined;
  return inQuery ?? headerOf(headers, 'x-amz-security-token') ?? null;
};

/** The question as the authorizer takes it. */
const questionOf = (request: IncomingMessage, bucket: string, keys: readonly string[]): object => {
  const stated = (name: string): string => headerOf(request.headers, `x-firesteel-${name}`) ?? '';
  return {
    accountId: stated('account'),
    principal: stated('principal'),
    sourceIp: stated('source-ip'),
    requestId: stated('request-id'),
    sessionToken: sessionTokenOf(request),
    bucket,
    keys,
  };
};

/**
 * Judges every key by `POST /v1/deletions`. Throws ServiceUnavailable, and nothing is deleted, when there is
 * no answer to go by.
 */
export const judgeDeletions =
  (authorizer: InternalClient): MayDelete =>
  async (request, bucket, keys) => {
    if (keys.length === 0) return new Set();
    const body = questionOf(request, bucket, keys);
    const { allowed } = await authorizer
      .call('POST', '/v1/deletions', { body })
      .then((answered) => answer.parse(answered))
      .catch((cause: unknown) => {
        const message = 'The keys cannot be judged at the moment. Please try again later.';
        throw Object.assign(s3Error('ServiceUnavailable', message), { cause });
      });
    return new Set(keys.filter((_key, at) => allowed[at] === true));
  };
