/** Asks the iam-authorizer about one request; without its answer nothing is allowed. */
import { AwsError, serviceUnavailable } from '@firesteel/aws-protocol/aws-error';
import type { PayloadSeal } from '@firesteel/aws-protocol/sigv4/payload-seal';
import { parseAuthorization } from '@firesteel/aws-protocol/sigv4/signed-request';
import { ServiceUnavailable } from '@firesteel/http/internal-client';
import { z } from 'zod';
import type { EdgeRequest } from './request.ts';
import type { Allowed, Services } from './services.ts';

const answer = z.discriminatedUnion('allowed', [
  z.object({
    allowed: z.literal(true),
    accountId: z.string(),
    principal: z.string(),
    seal: z.custom<PayloadSeal>((value) => typeof value === 'object' && value !== null),
    executionRoleAssumable: z.boolean().default(false),
  }),
  z.object({
    allowed: z.literal(false),
    code: z.string(),
    status: z.number().int(),
    message: z.string(),
  }),
]);

/** What is asked for, in IAM's terms. */
export type Access = {
  readonly service: string;
  readonly action: string;
  readonly resource: string;
  readonly bodySha256?: string;
  readonly passRole?: { readonly roleArn: string };
};

/**
 * @throws AwsError with the refusal in the service's own words, or 503 when the authorizer is away
 */
export async function authorize(
  services: Services,
  edge: EdgeRequest,
  access: Access,
): Promise<Allowed & { readonly seal: PayloadSeal }> {
  const parsed = parseAuthorization({ ...edge, assumedService: access.service });
  const question = {
    ...access,
    request: parsed.ok ? parsed.request : null,
    ...(parsed.ok ? {} : { failure: parsed }),
    sourceIp: edge.sourceIp,
    requestId: edge.requestId,
  };
  const answered = answer.parse(
    await services.authorizer
      .call('POST', '/v1/authorize', { body: question })
      .catch((error: unknown) => {
        throw error instanceof ServiceUnavailable ? serviceUnavailable() : error;
      }),
  );
  if (!answered.allowed) throw new AwsError(answered.code, answered.status, answered.message);
  const { accountId, principal, seal, executionRoleAssumable } = answered;
  return {
    caller: { accountId, principal, requestId: edge.requestId },
    seal,
    executionRoleAssumable,
  };
}
