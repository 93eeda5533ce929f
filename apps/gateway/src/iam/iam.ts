/** IAM and STS over the query protocol: read and written here, decided and done by the iam-authorizer in one call. */
import { AwsError } from '@firesteel/aws-protocol/aws-error';
import { parseQueryRequest } from '@firesteel/aws-protocol/query-protocol/request';
import {
  serializeQueryError,
  serializeQueryResponse,
} from '@firesteel/aws-protocol/query-protocol/response';
import type { WireResponse } from '@firesteel/aws-protocol/rest-json/response';
import { loadModel } from '@firesteel/aws-protocol/service-model';
import { z } from 'zod';
import {
  askAuthorizer,
  authorize,
  refusedAnswer,
  requireAllowed,
  signedQuestion,
} from '../edge/authorize.ts';
import { toAwsError } from '../edge/failures.ts';
import { type EdgeRequest, sha256Of } from '../edge/request.ts';
import type { Services } from '../edge/services.ts';

export type QueryService = 'iam' | 'sts';

const answered = z.discriminatedUnion('allowed', [
  z.object({ allowed: z.literal(true), output: z.record(z.string(), z.unknown()) }),
  refusedAnswer,
]);

/** The service that a form without a signature is meant for, told by its version; its clients read XML. */
export function unsignedQueryService(body: Buffer): QueryService | undefined {
  const version = /(?:^|&)Version=([\d-]{10})(?:&|$)/.exec(body.toString('latin1'))?.[1];
  return (['iam', 'sts'] as const).find((name) => loadModel(name).metadata.apiVersion === version);
}

/** Actions that AWS takes without a signature; none is offered. */
const unsignedActions = /(?:^|&)Action=AssumeRoleWith(?:SAML|WebIdentity)(?:&|$)/;

type Parsed =
  | { readonly operation: string; readonly input: Readonly<Record<string, unknown>> }
  | { readonly error: AwsError };

/** What is malformed is said only to who may call at all. */
function parse(service: QueryService, edge: EdgeRequest, body: Buffer): Parsed {
  try {
    return parseQueryRequest(loadModel(service), { rawQuery: edge.rawQuery, body });
  } catch (error) {
    if (error instanceof AwsError) return { error };
    throw error;
  }
}

async function answer(
  service: QueryService,
  edge: EdgeRequest,
  body: Buffer,
  services: Services,
): Promise<WireResponse> {
  const parsed = parse(service, edge, body);
  const bodySha256 = sha256Of(body);
  if ('error' in parsed) {
    if (unsignedActions.test(body.toString('latin1'))) throw parsed.error;
    const unknown = { service, action: `${service}:UnknownOperation`, resource: '*', bodySha256 };
    await authorize(services, edge, unknown);
    throw parsed.error;
  }
  const question = { ...signedQuestion(edge, service), bodySha256, ...parsed };
  const { output } = requireAllowed(
    answered.parse(await askAuthorizer(services, '/v1/query', question)),
  );
  return serializeQueryResponse(loadModel(service), parsed.operation, output, edge.requestId);
}

/** IAM and STS name some failures differently. */
const renamed: Readonly<Record<string, string>> = {
  ServiceUnavailableException: 'ServiceUnavailable',
  InternalServerException: 'ServiceFailure',
  ValidationException: 'ValidationError',
  AccessDeniedException: 'AccessDenied',
};

function queryError(error: unknown, unexpected: (error: unknown) => void): AwsError {
  const { code, status, message } = toAwsError(error, unexpected);
  return new AwsError(renamed[code] ?? code, status, message);
}

/** Answers an IAM or STS request, errors included, as XML. */
export async function answerQuery(
  service: QueryService,
  edge: EdgeRequest,
  body: Buffer,
  services: Services,
  unexpected: (error: unknown) => void,
): Promise<WireResponse> {
  try {
    return await answer(service, edge, body, services);
  } catch (error) {
    return serializeQueryError(loadModel(service), queryError(error, unexpected), edge.requestId);
  }
}
