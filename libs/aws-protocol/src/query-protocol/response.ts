import type { AwsError } from '../aws-error.ts';
import { isJsonObject } from '../json-document.ts';
import type { WireResponse } from '../rest-json/response.ts';
import { operationOf, type ServiceModel, type Shape, shapeOf } from '../service-model.ts';

const xmlHeaders = (requestId: string): Record<string, string> => ({
  'content-type': 'text/xml',
  'x-amzn-RequestId': requestId,
});

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: these have no place in XML 1.0.
const NOT_IN_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** Text as XML character data: escaped, and what XML 1.0 cannot hold replaced by U+FFFD. */
const xmlText = (text: string): string =>
  text
    .toWellFormed()
    .replace(NOT_IN_XML, '\ufffd')
    .replace(/[&<>"'\r]/g, (character) => ENTITIES[character] as string);

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`;

/** IAM returns policy documents URL-encoded (RFC 3986), as its reference says of each of them. */
const POLICY_DOCUMENT = 'policyDocumentType';

const rfc3986 = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

function timestampText(value: unknown): string {
  const date = value instanceof Date ? value : new Date(Number(value) * 1000);
  return date.toISOString().replace('.000Z', 'Z');
}

function scalarText(type: string, shapeName: string, value: unknown): string {
  if (type === 'timestamp') return timestampText(value);
  return shapeName === POLICY_DOCUMENT ? rfc3986(String(value)) : String(value);
}

/** Each pair of a map as `<entry><key>…</key><value>…</value></entry>`. */
function entriesOf(model: ServiceModel, { key, value }: Shape, map: object): string {
  return Object.entries(map)
    .map(([name, item]) =>
      element(
        'entry',
        element(key?.locationName ?? 'key', xmlText(name)) +
          element(value?.locationName ?? 'value', xmlOf(model, value?.shape ?? '', item)),
      ),
    )
    .join('');
}

function xmlOf(model: ServiceModel, shapeName: string, value: unknown): string {
  const shape = shapeOf(model, shapeName);
  if (shape.type === 'list' && shape.member !== undefined && Array.isArray(value)) {
    const { shape: itemShape, locationName = 'member' } = shape.member;
    return value.map((item) => element(locationName, xmlOf(model, itemShape, item))).join('');
  }
  if (shape.type === 'structure' && isJsonObject(value)) {
    return Object.entries(shape.members ?? {})
      .filter(([name]) => (value[name] ?? undefined) !== undefined)
      .map(([name, { shape: memberShape, locationName = name }]) =>
        element(locationName, xmlOf(model, memberShape, value[name])),
      )
      .join('');
  }
  if (shape.type === 'map' && isJsonObject(value)) return entriesOf(model, shape, value);
  return xmlText(scalarText(shape.type, shapeName, value));
}

/**
 * Writes an operation's output as a query-protocol XML response. Timestamps (Dates or epoch seconds)
 * become ISO-8601, policy documents are URL-encoded, members that the model does not have are dropped.
 */
export function serializeQueryResponse(
  model: ServiceModel,
  operation: string,
  output: object,
  requestId: string,
): WireResponse {
  const reference = operationOf(model, operation).output;
  const result =
    reference === undefined
      ? ''
      : element(
          reference.resultWrapper ?? `${operation}Result`,
          xmlOf(model, reference.shape, output),
        );
  const metadata = element('ResponseMetadata', element('RequestId', xmlText(requestId)));
  return {
    status: 200,
    headers: xmlHeaders(requestId),
    body: `<${operation}Response xmlns="${model.metadata.xmlNamespace ?? ''}">${result}${metadata}</${operation}Response>\n`,
  };
}

/** Writes an error as query-protocol XML; 4xx errors are the sender's, others the receiver's. */
export function serializeQueryError(
  model: ServiceModel,
  error: AwsError,
  requestId: string,
): WireResponse {
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  const details =
    element('Type', type) +
    element('Code', xmlText(error.code)) +
    element('Message', xmlText(error.message));
  const id = element('RequestId', xmlText(requestId));
  return {
    status: error.status,
    headers: xmlHeaders(requestId),
    body: `<ErrorResponse xmlns="${model.metadata.xmlNamespace ?? ''}">${element('Error', details)}${id}</ErrorResponse>\n`,
  };
}
