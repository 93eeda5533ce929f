/** The EMR Serverless API: route, authenticate, authorize, validate, forward, shape. */
import { notImplemented, unknownOperation } from '@firesteel/aws-protocol/aws-error';
import { parseJsonObject } from '@firesteel/aws-protocol/json-document';
import { parseRequest } from '@firesteel/aws-protocol/rest-json/request';
import { serializeResponse, type WireResponse } from '@firesteel/aws-protocol/rest-json/response';
import { createRouter, type Match } from '@firesteel/aws-protocol/rest-json/router';
import { loadModel, operationOf } from '@firesteel/aws-protocol/service-model';
import { validate } from '@firesteel/aws-protocol/validation';
import { authorize } from '../edge/authorize.ts';
import { type EdgeRequest, sha256Of } from '../edge/request.ts';
import type { Services } from '../edge/services.ts';
import { requestTagContext, tagReaderOf } from './condition-keys.ts';
import { operations } from './operations.ts';
import { resourceOf } from './resource.ts';

export type EmrServerless = (edge: EdgeRequest, body: Buffer) => Promise<WireResponse>;

/** What names no role is for validation to refuse, not a role of another account. */
const rolePattern = /^arn:aws[a-zA-Z0-9-]*:iam::\d{12}:role\//;

const roleOf = (operation: string, body: Buffer): string | undefined => {
  if (operation !== 'StartJobRun' && operation !== 'StartSession') return undefined;
  try {
    // Read as the request itself is read: what is authorised is what is done.
    const { executionRoleArn } = parseJsonObject(body);
    return typeof executionRoleArn === 'string' && rolePattern.test(executionRoleArn)
      ? executionRoleArn
      : undefined;
  } catch {
    // A body that is no JSON passes no role; validation will say so.
    return undefined;
  }
};

/** A path that cannot be read is an error only for who may call at all. */
function routed(route: () => Match | undefined): {
  readonly match: Match | undefined;
  readonly error?: unknown;
} {
  try {
    return { match: route() };
  } catch (error) {
    return { match: undefined, error };
  }
}

/** Answers EMR Serverless requests; throws AwsError and Refused. */
export function createEmrServerless(services: Services, region: string): EmrServerless {
  const model = loadModel('emr-serverless');
  const route = createRouter(model);
  return async (edge, body) => {
    const { match, error } = routed(() => route(edge.method, edge.rawPath));
    const operation = match?.operation ?? 'UnknownOperation';
    const labels = match?.labels ?? {};
    const roleArn = roleOf(operation, body);
    const allowed = await authorize(services, edge, {
      service: 'emr-serverless',
      action: `emr-serverless:${operation}`,
      resource: resourceOf({ operation, labels, rawQuery: edge.rawQuery }, region),
      bodySha256: sha256Of(body),
      context: requestTagContext(operation, edge.rawQuery, body),
      ...tagReaderOf(labels, services),
      ...(roleArn === undefined ? {} : { passRole: { roleArn } }),
    });
    if (error !== undefined) throw error;
    if (!match) throw unknownOperation(edge.method, edge.rawPath);
    const input = parseRequest(model, operation, {
      labels: match.labels,
      rawQuery: edge.rawQuery,
      body,
    });
    const shape = operationOf(model, operation).input?.shape;
    if (shape !== undefined) validate(model, shape, input);
    const call = operations[operation];
    if (!call) throw notImplemented(operation);
    return serializeResponse(model, operation, await call(input, allowed, services));
  };
}
