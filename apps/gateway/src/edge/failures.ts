/** What other services refuse becomes what the caller's protocol says. */
import {
  AwsError,
  accessDenied,
  conflict,
  internalServer,
  resourceNotFound,
  serviceQuotaExceeded,
  serviceUnavailable,
  validationException,
} from '@firesteel/aws-protocol/aws-error';
import { type RefusalKind, Refused } from '@firesteel/decider/refused';
import { ServiceUnavailable } from '@firesteel/http/internal-client';

const errorOf: Readonly<Record<RefusalKind, (message: string) => AwsError>> = {
  Invalid: validationException,
  NotFound: resourceNotFound,
  Conflict: conflict,
  QuotaExceeded: serviceQuotaExceeded,
  Denied: accessDenied,
};

/** Any failure as an error the caller may see; `unexpected` hears of the ones that are defects. */
export function toAwsError(error: unknown, unexpected: (error: unknown) => void): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof Refused) return errorOf[error.kind](error.message);
  unexpected(error);
  return error instanceof ServiceUnavailable ? serviceUnavailable() : internalServer();
}
