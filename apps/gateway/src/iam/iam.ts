/** The parts of IAM and STS that jobs need, over the query protocol. */
import { AwsError } from '@firesteel/aws-protocol/aws-error';
import { parseQueryRequest } from '@firesteel/aws-protocol/query-protocol/request';
import {
  serializeQueryError,
  serializeQueryResponse,
} from '@firesteel/aws-protocol/query-protocol/response';
import type { WireResponse } from '@firesteel/aws-protocol/rest-json/response';
import { loadModel } from '@firesteel/aws-protocol/service-model';
import { Refused } from '@firesteel/decider/refused';
import { authorize } from '../edge/authorize.ts';
import { toAwsError } from '../edge/failures.ts';
import { type EdgeRequest, sha256Of } from '../edge/request.ts';
import type { Allowed, Services } from '../edge/services.ts';

export type QueryService = 'iam' | 'sts';
type Input = Readonly<Record<string, unknown>>;
type Call = (input: Input, allowed: Allowed, services: Services) => Promise<object>;

const rolePath = (input: Input): string =>
  `/v1/roles/${encodeURIComponent(String(input['RoleName']))}`;

const calls: Readonly<Record<string, Call>> = {
  CreateRole: async (input, { caller }, { authorizer }) =>
    (await authorizer.call('POST', '/v1/roles', { caller, body: input })) as object,
  GetRole: async (input, { caller }, { authorizer }) =>
    (await authorizer.call('GET', rolePath(input), { caller })) as object,
  PutRolePolicy: async (input, { caller }, { authorizer }) => {
    const { PolicyName, PolicyDocument } = input;
    await authorizer.call('POST', `${rolePath(input)}/policies`, {
      caller,
      body: { PolicyName, PolicyDocument },
    });
    return {};
  },
  GetCallerIdentity: async (_input, { caller: { accountId, principal } }) => ({
    UserId: principal.endsWith(':root') ? accountId : principal.slice(principal.indexOf('/') + 1),
    Account: accountId,
    Arn: principal,
  }),
};

/** IAM's names for what is refused. */
function iamError(error: unknown): unknown {
  if (!(error instanceof Refused)) return error;
  switch (error.kind) {
    case 'Conflict':
      return new AwsError('EntityAlreadyExists', 409, error.message);
    case 'NotFound':
      return new AwsError('NoSuchEntity', 404, error.message);
    case 'Invalid':
      return new AwsError(
        error.message.startsWith('MalformedPolicyDocument')
          ? 'MalformedPolicyDocument'
          : 'ValidationError',
        400,
        error.message.replace(/^MalformedPolicyDocument: /, ''),
      );
    default:
      return new AwsError('AccessDenied', 403, error.message);
  }
}

/** The resource of a call: the role it names, else everything. */
const resourceOf = (input: Input, accountId: string): string =>
  input['RoleName'] === undefined ? '*' : `arn:aws:iam::${accountId}:role/${input['RoleName']}`;

type Parsed = { readonly operation: string; readonly input: Input } | { readonly error: AwsError };

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
  accountId: string,
): Promise<WireResponse> {
  const parsed = parse(service, edge, body);
  const action = 'error' in parsed ? 'UnknownOperation' : parsed.operation;
  const allowed = await authorize(services, edge, {
    service,
    action: `${service}:${action}`,
    resource: 'error' in parsed ? '*' : resourceOf(parsed.input, accountId),
    bodySha256: sha256Of(body),
  });
  if ('error' in parsed) throw parsed.error;
  const call = calls[parsed.operation];
  if (!call)
    throw new AwsError(
      'InvalidAction',
      400,
      `${parsed.operation} is not offered yet by this version of Firesteel.`,
    );
  const output = await call(parsed.input, allowed, services);
  return serializeQueryResponse(loadModel(service), parsed.operation, output, edge.requestId);
}

/** Answers an IAM or STS request, errors included, as XML. */
export async function answerQuery(
  service: QueryService,
  edge: EdgeRequest,
  body: Buffer,
  services: Services,
  accountId: string,
  unexpected: (error: unknown) => void,
): Promise<WireResponse> {
  try {
    return await answer(service, edge, body, services, accountId);
  } catch (error) {
    return serializeQueryError(
      loadModel(service),
      toAwsError(iamError(error), unexpected),
      edge.requestId,
    );
  }
}
