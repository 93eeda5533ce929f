/** What IAM and STS refuse, under the codes that their clients switch on. */
import { type RefusalKind, Refused } from '@firesteel/decider/refused';

const kindOf = {
  NoSuchEntity: 'NotFound',
  EntityAlreadyExists: 'Conflict',
  DeleteConflict: 'Conflict',
  LimitExceeded: 'QuotaExceeded',
  MalformedPolicyDocument: 'Invalid',
  PackedPolicyTooLarge: 'Invalid',
  InvalidInput: 'Invalid',
  InvalidParameterValue: 'Invalid',
  UnmodifiableEntity: 'Invalid',
  PolicyNotAttachable: 'Invalid',
  PasswordPolicyViolation: 'Invalid',
  InvalidUserType: 'Invalid',
  InvalidAuthenticationCode: 'Denied',
  ReportNotPresent: 'NotFound',
  ReportExpired: 'NotFound',
  ValidationError: 'Invalid',
  InvalidAction: 'Invalid',
  AccessDenied: 'Denied',
} as const satisfies Readonly<Record<string, RefusalKind>>;

/** Error codes of IAM's and STS' API references. */
export type IamCode = keyof typeof kindOf;

/** A refusal with IAM's own code; `message` is what the caller reads. */
export class IamRefused extends Refused {
  readonly code: IamCode;

  constructor(code: IamCode, message: string) {
    super(kindOf[code], message);
    this.code = code;
  }
}
