import type { AwsError } from '../aws-error.ts';
import { isJsonObject } from '../json-document.ts';
import { operationOf, type ServiceModel, type Shape, shapeOf } from '../service-model.ts';

/** A response ready for the socket; the body is UTF-8 text. */
export type WireResponse = { status: number; headers: Record<string, string>; body: string };

const JSON_HEADERS = { 'content-type': 'application/json' };

type Problem = (path: string, problem: string) => void;

function encodeStructure(context: Encoding, shape: Shape, value: object, path: string): unknown {
  const given = Object.entries(value).filter(([, member]) => (member ?? undefined) !== undefined);
  const members = shape.members ?? {};
  for (const [name] of given) {
    if (!Object.hasOwn(members, name)) context.problem(`${path}.${name}`, 'is not in the model');
  }
  const known = given.filter(([name]) => Object.hasOwn(members, name));
  for (const name of shape.required ?? []) {
    if (!known.some(([other]) => other === name)) context.problem(`${path}.${name}`, 'is missing');
  }
  return Object.fromEntries(
    known.map(([name, member]) => [
      name,
      encode(context, members[name]?.shape ?? '', member, `${path}.${name}`),
    ]),
  );
}

type Encoding = { model: ServiceModel; problem: Problem };

function encodeObject(context: Encoding, shape: Shape, value: object, path: string): unknown {
  if (shape.type === 'structure') return encodeStructure(context, shape, value, path);
  if (shape.type === 'map') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        encode(context, shape.value?.shape ?? '', item, `${path}.${key}`),
      ]),
    );
  }
  context.problem(path, `is an object, not a ${shape.type}`);
  return value;
}

const JAVASCRIPT_TYPE: Partial<Record<Shape['type'], string>> = {
  string: 'string',
  boolean: 'boolean',
  integer: 'number',
  long: 'number',
  double: 'number',
  float: 'number',
  timestamp: 'number',
};

function encode(context: Encoding, shapeName: string, value: unknown, path: string): unknown {
  const shape = shapeOf(context.model, shapeName);
  if (value instanceof Date) return value.getTime() / 1000;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) {
    const items: unknown[] = value;
    if (shape.type !== 'list') context.problem(path, `is a list, not a ${shape.type}`);
    return items.map((item, index) =>
      encode(context, shape.member?.shape ?? '', item, `${path}.${index}`),
    );
  }
  if (isJsonObject(value)) return encodeObject(context, shape, value, path);
  if (JAVASCRIPT_TYPE[shape.type] !== typeof value) context.problem(path, `is no ${shape.type}`);
  return value;
}

/**
 * Writes an operation's output as a rest-json response: Dates and numbers of epoch seconds as epoch
 * seconds with fractions, undefined and null members left out, members that the model does not have
 * dropped. With `strict`, for tests, what the model does not know, misses a required member or has
 * another type throws a TypeError instead.
 */
export function serializeResponse(
  model: ServiceModel,
  operation: string,
  output: object,
  { strict = false }: { strict?: boolean } = {},
): WireResponse {
  const { http, output: reference } = operationOf(model, operation);
  const problem: Problem = (path, text) => {
    if (strict) throw new TypeError(`${operation}${path} ${text}`);
  };
  const body =
    reference === undefined ? {} : encode({ model, problem }, reference.shape, output, '');
  return {
    status: http.responseCode ?? 200,
    headers: { ...JSON_HEADERS },
    body: JSON.stringify(body),
  };
}

/** Writes an error as rest-json: the code in `x-amzn-ErrorType`, the text in `message`. */
export const serializeError = (error: AwsError): WireResponse => ({
  status: error.status,
  headers: { ...JSON_HEADERS, 'x-amzn-ErrorType': error.code },
  body: JSON.stringify({ message: error.message }),
});
