/** Asks the iam-authorizer about one request; without its answer nothing is allowed. */
import { AwsError, serviceUnavailable } from '@firesteel/aws-protocol/aws-error';
import type { PayloadSeal } from '@firesteel/aws-protocol/sigv4/payload-seal';
import { parseAuthorization } from '@firesteel/aws-protocol/sigv4/signed-request';
import type { Caller } from '@firesteel/http/caller';
import { ServiceUnavailable } from '@firesteel/http/internal-client';
import { z } from 'zod';
import { type Context, transportContext } from './condition-keys.ts';
import type { EdgeRequest } from './request.ts';
import type { Allowed, Services } from './services.ts';

/** The authorizer's refusal, in the called service's own words. */
export const refusedAnswer = z.object({
  allowed: z.literal(false),
  code: z.string(),
  status: z.number().int(),
  message: z.string(),
});

const opened = z.array(z.object({ bucket: z.string(), accountId: z.string() })).default([]);

const answer = z.discriminatedUnion('allowed', [
  z.object({
    allowed: z.literal(true),
    accountId: z.string(),
    principal: z.string(),
    seal: z.custom<PayloadSeal>((value) => typeof value === 'object' && value !== null),
    executionRoleAssumable: z.boolean().default(false),
    opened,
  }),
  refusedAnswer,
  /** A policy looks at the resource's tags: they are read on behalf of whom this names. */
  z.object({
    allowed: z.null(),
    needs: z.literal('resourceTags'),
    accountId: z.string(),
    principal: z.string(),
    opened,
  }),
]);

/** Buckets of other accounts that a request of S3 is let into. */
export type Opened = readonly { readonly bucket: string; readonly accountId: string }[];

/** On which terms a request of S3 goes to the object store. */
export type S3Terms = { readonly seal: PayloadSeal; readonly opened: Opened };

/** Tags of a resource. */
export type Tags = Readonly<Record<string, string>>;

/** What is asked for, in IAM's terms. */
export type Access = {
  readonly service: string;
  readonly action: string;
  /** Without an account, where the ARN has a region, it is the caller's own. */
  readonly resource: string;
  readonly bodySha256?: string;
  readonly passRole?: { readonly roleArn: string };
  /** Condition keys beside those of every request. */
  readonly context?: Context;
  /** Reads the tags of the resource, should a policy look at them. */
  readonly readTags?: ((caller: Caller, opened: Opened) => Promise<Tags>) | undefined;
};

/** A question about a request as it came in: its signature, or what is wrong with it. */
export function signedQuestion(edge: EdgeRequest, service: string, context: Context = {}): object {
  const parsed = parseAuthorization({ ...edge, assumedService: service });
  return {
    service,
    request: parsed.ok ? parsed.request : null,
    ...(parsed.ok ? {} : { failure: parsed }),
    sourceIp: edge.sourceIp,
    requestId: edge.requestId,
    context: { ...transportContext(edge), ...context },
  };
}

/**
 * Asks the authorizer.
 * @throws AwsError 503 when it is away
 */
export const askAuthorizer = (services: Services, path: string, body: object): Promise<unknown> =>
  services.authorizer.call('POST', path, { body }).catch((error: unknown) => {
    throw error instanceof ServiceUnavailable ? serviceUnavailable() : error;
  });

/** @throws AwsError with the refusal in the service's own words */
export function requireAllowed<Answer extends { readonly allowed: true }>(
  answered: Answer | z.infer<typeof refusedAnswer>,
): Answer {
  if (!answered.allowed) throw new AwsError(answered.code, answered.status, answered.message);
  return answered;
}

/**
 * @throws AwsError with the refusal in the service's own words, or 503 when the authorizer is away
 */
export async function authorize(
  services: Services,
  edge: EdgeRequest,
  { context, readTags, ...access }: Access,
): Promise<Allowed & S3Terms> {
  const { requestId } = edge;
  const question = { ...signedQuestion(edge, access.service, context), ...access };
  const ask = async (resourceTags: Tags | null | undefined) =>
    answer.parse(await askAuthorizer(services, '/v1/authorize', { ...question, resourceTags }));
  let answered = await ask(readTags ? null : undefined);
  if (answered.allowed === null) {
    const { accountId, principal, opened } = answered;
    answered = await ask((await readTags?.({ accountId, principal, requestId }, opened)) ?? {});
  }
  // Told the tags, the authorizer has nothing left to ask.
  if (answered.allowed === null) throw serviceUnavailable();
  const { allowed: _, accountId, principal, ...terms } = requireAllowed(answered);
  return { caller: { accountId, principal, requestId }, ...terms };
}
