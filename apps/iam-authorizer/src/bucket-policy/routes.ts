/** HTTP ↔ policies of buckets, for the object store alone. */
import { Refused } from '@firesteel/decider/refused';
import { callerOf, metaOf } from '@firesteel/http/caller';
import { verifyServiceToken } from '@firesteel/http/service-token';
import { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { AuthorizeOptions } from '../authorize/authorize.ts';
import { dropBucketPolicy, putBucketPolicy, readBucketPolicy } from './bucket-policies.ts';
import { BucketPolicyRefused } from './bucket-policy.ts';

const putBody = z.object({ accountId: z.string().regex(/^\d{12}$/), document: z.string() });

export type BucketPolicyRouteOptions = Pick<AuthorizeOptions, 'em' | 'identities' | 'now'> & {
  readonly serviceKey: Buffer;
  readonly wakeLedger: () => void;
};

const path = '/v1/bucket-policies/:bucket';

/** What S3 says of a document that it does not take; null when it is in force. */
const refusalOf = (error: unknown): { readonly code: string; readonly message: string } => {
  if (!(error instanceof BucketPolicyRefused)) throw error;
  return { code: error.code, message: error.message };
};

/** The routes below `/v1/bucket-policies`. */
export function bucketPolicyRoutes(options: BucketPolicyRouteOptions): Router {
  const { serviceKey, now, wakeLedger } = options;
  const forTheStore: RequestHandler = (request, _response, next) => {
    if (verifyServiceToken(serviceKey, request.headers.authorization) !== 'object-store')
      throw new Refused('Denied', 'Only object-store may ask for this.');
    next();
  };
  const at = (): string => now().toISOString();
  return Router()
    .use('/v1/bucket-policies', forTheStore)
    .get(path, async ({ params: { bucket } }, response) => {
      response.json({ policy: await readBucketPolicy(bucket, options) });
    })
    .post(path, async (request, response) => {
      const { bucket } = request.params;
      const policy = { bucket, ...putBody.parse(request.body), at: at() };
      const refusal = await putBucketPolicy(policy, metaOf(callerOf(request)), options).then(
        () => null,
        refusalOf,
      );
      wakeLedger();
      response.json({ refusal });
    })
    .delete(path, async (request, response) => {
      const meta = metaOf(callerOf(request));
      await dropBucketPolicy(request.params.bucket, at(), meta, options);
      wakeLedger();
      response.json({});
    });
}
