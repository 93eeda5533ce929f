import { readFileSync } from 'node:fs';

/** The services whose models are vendored, by their SigV4 signing names. */
export type ServiceName = 'emr-serverless' | 'iam' | 'sts';

/** A use of a shape; `location` says where a rest-json member travels if not in the body. */
export type ShapeReference = {
  shape: string;
  location?: 'uri' | 'querystring';
  locationName?: string;
};

/** One shape in botocore's `service-2.json` form, with its constraints. */
export type Shape = {
  type:
    | 'structure'
    | 'list'
    | 'map'
    | 'string'
    | 'integer'
    | 'long'
    | 'double'
    | 'float'
    | 'boolean'
    | 'timestamp'
    | 'blob';
  members?: Record<string, ShapeReference>;
  required?: string[];
  member?: ShapeReference;
  key?: ShapeReference;
  value?: ShapeReference;
  min?: number;
  max?: number;
  pattern?: string;
  enum?: string[];
  union?: boolean;
  sensitive?: boolean;
  exception?: boolean;
  error?: { code?: string; httpStatusCode: number; senderFault?: boolean };
};

/** One operation: where it is, and the names of its input, output and error shapes. */
export type Operation = {
  name: string;
  http: { method: string; requestUri: string; responseCode?: number };
  input?: { shape: string };
  output?: { shape: string; resultWrapper?: string };
  errors?: { shape: string }[];
};

/** A service model: everything the wire layer knows about a service. */
export type ServiceModel = {
  metadata: {
    apiVersion: string;
    endpointPrefix: string;
    protocol: string;
    xmlNamespace?: string;
  };
  operations: Record<string, Operation>;
  shapes: Record<string, Shape>;
};

const loaded = new Map<ServiceName, ServiceModel>();

/**
 * The model of a service, read from the vendored file at first use and kept: a process that serves
 * one service does not hold the models of the others.
 */
export function loadModel(service: ServiceName): ServiceModel {
  const known = loaded.get(service);
  if (known !== undefined) return known;
  const file = new URL(`../models/${service}.json`, import.meta.url);
  const model = JSON.parse(readFileSync(file, 'utf8')) as ServiceModel;
  loaded.set(service, model);
  return model;
}

/** The operation of that name, or undefined; safe for names that come from a request. */
export const findOperation = (model: ServiceModel, name: string): Operation | undefined =>
  Object.hasOwn(model.operations, name) ? model.operations[name] : undefined;

/** The operation of that name. Throws a plain Error when the model has none: a fault of ours. */
export function operationOf(model: ServiceModel, name: string): Operation {
  const operation = findOperation(model, name);
  if (operation === undefined) throw new Error(`the model has no operation ${name}`);
  return operation;
}

/** The shape of that name. Throws a plain Error when the model has none: a fault of ours. */
export function shapeOf(model: ServiceModel, name: string): Shape {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`the model has no shape ${name}`);
  return shape;
}
