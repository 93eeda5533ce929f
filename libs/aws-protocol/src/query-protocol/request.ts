import { AwsError } from '../aws-error.ts';
import { MAX_BODY_BYTES } from '../json-document.ts';
import { findOperation, type ServiceModel } from '../service-model.ts';
import { violationMessage, violations } from '../validation.ts';
import { addParameters, type Parameter, readParameter } from './form.ts';

/** A query-protocol request as it came in: a form body, or a query string, or both. */
export type QueryRequest = { rawQuery: string; body: Uint8Array };

/** The operation asked for and its validated input by member name. */
export type QueryCall = { operation: string; input: Record<string, unknown> };

const validationError = (message: string): AwsError =>
  new AwsError('ValidationError', 400, message);

function formText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new AwsError('MalformedInput', 400, 'The request body is not UTF-8 text.');
  }
}

function parameters({ rawQuery, body }: QueryRequest): Parameter {
  if (body.length > MAX_BODY_BYTES) {
    throw validationError(`The request body is larger than ${MAX_BODY_BYTES} bytes.`);
  }
  const root: Parameter = { children: new Map() };
  addParameters(root, rawQuery, false);
  addParameters(root, formText(body), true);
  return root;
}

/** IAM's messages name members with a small first letter. */
const asIamWrites = (violation: string): string =>
  violation.replace(/ at '[^']+'/, (place) =>
    place.replace(
      /(['.])([A-Z])/g,
      (_, before: string, letter: string) => before + letter.toLowerCase(),
    ),
  );

/** What IAM says of a path or a name with other characters than it may have; undefined of anything else. */
function ownWords(model: ServiceModel, violation: string): string | undefined {
  if (model.metadata.endpointPrefix !== 'iam') return undefined;
  const pattern =
    /^Value at '(path|newPath|\w+Name)' failed to satisfy constraint: Member must satisfy regular expression pattern/;
  const member = pattern.exec(violation)?.[1];
  if (member === undefined) return undefined;
  const rule = /path$/i.test(member)
    ? 'It must begin and end with / and contain only alphanumeric characters and/or / characters.'
    : 'It must contain only alphanumeric characters and/or the following: +=,.@_-';
  return `The specified value for ${member} is invalid. ${rule}`;
}

function checked(model: ServiceModel, shapeName: string, input: unknown): void {
  const found = violations(model, shapeName, input).map(asIamWrites);
  if (found.length === 0) return;
  const [first = ''] = found;
  throw validationError((found.length === 1 && ownWords(model, first)) || violationMessage(found));
}

/**
 * Parses and validates a request of the query protocol (IAM, STS): `Action=…&Version=…` and members
 * as `Tags.member.1.Key`, in a form body or in the query. Unknown parameters are ignored. Throws
 * `MissingAction`, `InvalidAction`, `MalformedInput` or `ValidationError`, all 400.
 */
export function parseQueryRequest(model: ServiceModel, request: QueryRequest): QueryCall {
  const root = parameters(request);
  const action = root.children.get('Action')?.value;
  if (action === undefined || action === '') {
    throw new AwsError('MissingAction', 400, 'The request must contain the parameter Action.');
  }
  const version = root.children.get('Version')?.value ?? 'NO_VERSION_SPECIFIED';
  const operation = findOperation(model, action);
  if (operation === undefined || version !== model.metadata.apiVersion) {
    throw new AwsError(
      'InvalidAction',
      400,
      `Could not find operation ${action.slice(0, 128)} for version ${version.slice(0, 32)}`,
    );
  }
  const input = (
    operation.input ? readParameter(model, operation.input, root, '') : {}
  ) as QueryCall['input'];
  if (operation.input !== undefined) checked(model, operation.input.shape, input);
  return { operation: operation.name, input };
}
