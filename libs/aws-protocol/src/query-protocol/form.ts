import { AwsError } from '../aws-error.ts';
import { type ServiceModel, type Shape, type ShapeReference, shapeOf } from '../service-model.ts';
import { scalarOfText } from '../wire-text.ts';

/** Parameters of a query-protocol request: a tree by the dots of their names. */
export type Parameter = { value?: string; children: Map<string, Parameter> };

/** Names nest no deeper than this; the deepest modelled one is `Tags.member.1.Key`. */
const MAX_DEPTH = 16;

const malformed = (message: string): AwsError => new AwsError('MalformedInput', 400, message);

function decoded(raw: string, plusIsSpace: boolean): string {
  try {
    const text = decodeURIComponent(plusIsSpace ? raw.replaceAll('+', ' ') : raw);
    if (!text.includes('\u0000')) return text;
  } catch {
    // Falls through to the one answer for text that cannot be read.
  }
  throw malformed('A parameter is not percent-encoded UTF-8 text.');
}

function child(parent: Parameter, name: string): Parameter {
  const known = parent.children.get(name);
  if (known !== undefined) return known;
  const created: Parameter = { children: new Map() };
  parent.children.set(name, created);
  return created;
}

/**
 * Adds `a=b&c.d=e` to a tree of parameters. A parameter given twice is refused: signer and server
 * must not see different ones. Throws `MalformedInput` (400).
 */
export function addParameters(root: Parameter, encoded: string, plusIsSpace: boolean): void {
  for (const part of encoded.split('&').filter((text) => text !== '')) {
    const equals = part.indexOf('=');
    const rawName = equals === -1 ? part : part.slice(0, equals);
    const name = decoded(rawName, plusIsSpace).split('.');
    if (name.length > MAX_DEPTH) throw malformed('A parameter name has too many parts.');
    const parameter = name.reduce(child, root);
    if (parameter.value !== undefined) {
      throw malformed(`The parameter ${name.join('.')} is given more than once.`);
    }
    parameter.value = equals === -1 ? '' : decoded(part.slice(equals + 1), plusIsSpace);
  }
}

function readStructure(model: ServiceModel, shape: Shape, parameter: Parameter, path: string) {
  const members: [string, unknown][] = [];
  for (const [name, reference] of Object.entries(shape.members ?? {})) {
    const member = parameter.children.get(reference.locationName ?? name);
    if (member !== undefined) {
      members.push([
        name,
        readParameter(model, reference, member, path ? `${path}.${name}` : name),
      ]);
    }
  }
  return Object.fromEntries(members);
}

/** List items in the order of their numbers; gaps and bare items are refused. */
function readList(
  model: ServiceModel,
  shape: Shape,
  parameter: Parameter,
  path: string,
): unknown[] {
  // An empty parameter is how this protocol writes an empty list.
  const item = shape.member ?? { shape: '' };
  const numbered = parameter.children.get(item.locationName ?? 'member')?.children ?? new Map();
  return Array.from({ length: numbered.size }, (_, index) => {
    const found: Parameter | undefined = numbered.get(String(index + 1));
    if (found === undefined) throw malformed(`The items of ${path} must be numbered from 1.`);
    return readParameter(model, item, found, `${path}.${index + 1}.member`);
  });
}

/** Reads a tree of parameters as a shape. Throws `MalformedInput` (400) for a wrong type. */
export function readParameter(
  model: ServiceModel,
  reference: ShapeReference,
  parameter: Parameter,
  path: string,
): unknown {
  const shape = shapeOf(model, reference.shape);
  if (shape.type === 'structure') return readStructure(model, shape, parameter, path);
  if (shape.type === 'list') return readList(model, shape, parameter, path);
  try {
    return scalarOfText(shape.type, parameter.value ?? '', path);
  } catch {
    throw malformed(`Value at '${path}' is not of type ${shape.type}.`);
  }
}
