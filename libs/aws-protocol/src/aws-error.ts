/**
 * An error that a client of an AWS API may see. `code` is the name clients switch on, `status` the
 * HTTP status, `message` the text. Codes and statuses of EMR Serverless are those of its service
 * model; the others are AWS' common errors.
 */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}

/** The request breaks a constraint or a rule of the service (400, modelled). */
export const validationException = (message: string): AwsError =>
  new AwsError('ValidationException', 400, message);

/** The body is not JSON, or a value has another JSON type than its member (400, rest-json). */
export const serializationException = (message: string): AwsError =>
  new AwsError('SerializationException', 400, message);

/** What the request names does not exist (404, modelled). */
export const resourceNotFound = (message: string): AwsError =>
  new AwsError('ResourceNotFoundException', 404, message);

/** The request collides with what exists, such as a client token used before (409, modelled). */
export const conflict = (message: string): AwsError =>
  new AwsError('ConflictException', 409, message);

/** A quota of the account or application is used up (402 in EMR Serverless' model). */
export const serviceQuotaExceeded = (message: string): AwsError =>
  new AwsError('ServiceQuotaExceededException', 402, message);

/** The caller is known but may not do this (403, decided in behaviour 26). */
export const accessDenied = (message: string): AwsError =>
  new AwsError('AccessDeniedException', 403, message);

/** Too many requests; clients retry on this code (429, decided in behaviour 26). */
export const throttling = (message = 'Rate exceeded'): AwsError =>
  new AwsError('ThrottlingException', 429, message);

/** A fault of ours (500, modelled). The message must not tell internals. */
export const internalServer = (
  message = 'An internal error occurred. Try the request again.',
): AwsError => new AwsError('InternalServerException', 500, message);

/** A part that is needed does not answer; clients retry (503, an AWS common error). */
export const serviceUnavailable = (
  message = 'The service is temporarily unavailable. Try the request again.',
): AwsError => new AwsError('ServiceUnavailableException', 503, message);

/** No operation has this method and path (404, an AWS common error). */
export const unknownOperation = (method: string, rawPath: string): AwsError =>
  new AwsError('UnknownOperationException', 404, `No operation answers to ${method} ${rawPath}`);

/** The operation exists at AWS; this version does not have it. Modelled, so SDKs show the text. */
export const notImplemented = (operation: string): AwsError =>
  validationException(`${operation} is not offered yet by this version of Firesteel.`);

/** What to answer for anything thrown: AWS errors as they are, all else as an internal error. */
export const asAwsError = (thrown: unknown): AwsError =>
  thrown instanceof AwsError ? thrown : internalServer();
