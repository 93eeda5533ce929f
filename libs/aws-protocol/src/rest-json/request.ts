import { validationException } from '../aws-error.ts';
import { parseJsonObject } from '../json-document.ts';
import {
  operationOf,
  type ServiceModel,
  type Shape,
  type ShapeReference,
  shapeOf,
} from '../service-model.ts';
import { percentDecoded, scalarOfText } from '../wire-text.ts';
import { decodeJson } from './json-value.ts';

/** A request as it came in, apart from its method and path, which the router has read. */
export type RestJsonRequest = {
  labels: Record<string, string>;
  /** What stands behind `?`, undecoded, without the `?`. */
  rawQuery: string;
  body: Uint8Array;
};

/** An operation's input by member name: parsed, not yet validated. */
export type Input = Record<string, unknown>;

function queryValues(rawQuery: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const part of rawQuery.split('&').filter((text) => text !== '')) {
    const [rawName, ...rest] = part.split('=') as [string, ...string[]];
    const name = percentDecoded(rawName, 'query string');
    const value = percentDecoded(rest.join('='), name);
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return values;
}

function fromQuery(model: ServiceModel, shape: Shape, values: string[], name: string): unknown {
  if (shape.type === 'list') {
    const itemType = shapeOf(model, shape.member?.shape ?? '').type;
    return values.map((value, index) =>
      scalarOfText(itemType, value, `${name}.${index + 1}.member`),
    );
  }
  const [value, ...others] = values as [string, ...string[]];
  if (others.length > 0) {
    throw validationException(
      `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must not be repeated`,
    );
  }
  return scalarOfText(shape.type, value, name);
}

type Located = [name: string, reference: ShapeReference];

const at = (members: Located[], location: ShapeReference['location']): Located[] =>
  members.filter(([, reference]) => reference.location === location);

function bodyMembers(
  model: ServiceModel,
  shapeName: string,
  shape: Shape,
  body: Uint8Array,
): Input {
  const members = at(Object.entries(shape.members ?? {}), undefined);
  // An operation without body members ignores what is sent, as StartApplication's clients differ.
  if (members.length === 0) return {};
  const document = parseJsonObject(body);
  const names = new Set(members.map(([name]) => name));
  const known = Object.fromEntries(Object.entries(document).filter(([name]) => names.has(name)));
  return decodeJson(model, shapeName, known, '') as Input;
}

/**
 * Parses a rest-json request into the operation's input. Timestamps are numbers of epoch seconds
 * wherever they travelled (ISO-8601 in the query, numbers in the body): one form, exact in JSON,
 * for everything behind the gateway. List parameters repeat. Unknown members and parameters are
 * ignored, for clients newer than the model. Constraints are not checked: see `validate`. Throws
 * `SerializationException` or `ValidationException` (400), and nothing else for any bytes.
 */
export function parseRequest(
  model: ServiceModel,
  operation: string,
  { labels, rawQuery, body }: RestJsonRequest,
): Input {
  const shapeName = operationOf(model, operation).input?.shape;
  if (shapeName === undefined) return {};
  const shape = shapeOf(model, shapeName);
  const input = bodyMembers(model, shapeName, shape, body);
  const members: Located[] = Object.entries(shape.members ?? {});
  for (const [name, reference] of at(members, 'uri')) {
    const label = labels[reference.locationName ?? name];
    if (label !== undefined) input[name] = label;
  }
  const query = queryValues(rawQuery);
  for (const [name, reference] of at(members, 'querystring')) {
    const values = query.get(reference.locationName ?? name);
    if (values) input[name] = fromQuery(model, shapeOf(model, reference.shape), values, name);
  }
  return input;
}
