import { validationException } from '../aws-error.ts';
import { isJsonObject } from '../json-document.ts';
import { type ServiceModel, type Shape, shapeOf } from '../service-model.ts';
import { isEpochSeconds, isWholeNumber, storableText, wrongType } from '../wire-text.ts';

type Decode = (model: ServiceModel, shape: Shape, value: unknown, path: string) => unknown;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const decodeStructure: Decode = (model, shape, value, path) => {
  if (!isJsonObject(value)) throw wrongType(path, 'an object');
  const present = Object.entries(shape.members ?? {}).filter(
    ([name]) => Object.hasOwn(value, name) && value[name] !== null,
  );
  return Object.fromEntries(
    present.map(([name, { shape: shapeName }]) => [
      name,
      decodeJson(model, shapeName, value[name], path === '' ? name : `${path}.${name}`),
    ]),
  );
};

const decodeList: Decode = (model, shape, value, path) => {
  if (!Array.isArray(value)) throw wrongType(path, 'a list');
  const items: unknown[] = value;
  return items.map((item, index) =>
    decodeItem(model, shape.member?.shape ?? '', item, `${path}.${index + 1}.member`),
  );
};

/** Code that copies a map key by key would change the copy's prototype with this key. */
function safeKey(key: string, path: string): string {
  if (key !== '__proto__') return storableText(key, path);
  throw validationException(
    `1 validation error detected: Value at '${path}' failed to satisfy constraint: Map keys must not be __proto__`,
  );
}

const decodeMap: Decode = (model, shape, value, path) => {
  if (!isJsonObject(value)) throw wrongType(path, 'a map');
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      safeKey(key, path),
      decodeItem(model, shape.value?.shape ?? '', item, `${path}.${key.slice(0, 64)}.member`),
    ]),
  );
};

const decodeString: Decode = (_model, _shape, value, path) => {
  if (typeof value !== 'string') throw wrongType(path, 'a string');
  return storableText(value, path);
};

const decodeBoolean: Decode = (_model, _shape, value, path) => {
  if (typeof value !== 'boolean') throw wrongType(path, 'a boolean');
  return value;
};

const decodeWholeNumber =
  (type: 'integer' | 'long'): Decode =>
  (_model, _shape, value, path) => {
    if (typeof value !== 'number' || !isWholeNumber(type, value)) throw wrongType(path, type);
    return value;
  };

const decodeDouble: Decode = (_model, _shape, value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrongType(path, 'a double');
  return value;
};

const decodeTimestamp: Decode = (_model, _shape, value, path) => {
  if (typeof value !== 'number' || !isEpochSeconds(value)) throw wrongType(path, 'epoch seconds');
  return value;
};

const decodeBlob: Decode = (_model, _shape, value, path) => {
  if (typeof value !== 'string' || !BASE64.test(value)) throw wrongType(path, 'a base64 blob');
  return Buffer.from(value, 'base64');
};

const DECODERS: Record<Shape['type'], Decode> = {
  structure: decodeStructure,
  list: decodeList,
  map: decodeMap,
  string: decodeString,
  integer: decodeWholeNumber('integer'),
  long: decodeWholeNumber('long'),
  double: decodeDouble,
  float: decodeDouble,
  boolean: decodeBoolean,
  timestamp: decodeTimestamp,
  blob: decodeBlob,
};

// A null in a list or map is kept, so that validation can say where it stands.
const decodeItem = (model: ServiceModel, shapeName: string, value: unknown, path: string) =>
  value === null ? null : decodeJson(model, shapeName, value, path);

/**
 * Reads a parsed JSON value as a shape: types are strict, members that the shape does not have and
 * null members are left out, timestamps stay numbers of epoch seconds, blobs become Buffers. Throws
 * `SerializationException` for a wrong type, `ValidationException` for text that cannot be stored.
 */
export function decodeJson(
  model: ServiceModel,
  shapeName: string,
  value: unknown,
  path: string,
): unknown {
  const shape = shapeOf(model, shapeName);
  return DECODERS[shape.type](model, shape, value, path);
}
