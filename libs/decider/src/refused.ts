/** The kinds of refusal a domain knows; the edge turns them into the protocol's errors. */
export type RefusalKind = 'Invalid' | 'NotFound' | 'Conflict' | 'QuotaExceeded' | 'Denied';

/** A command that must not happen, with the sentence the caller reads. */
export class Refused extends Error {
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, message: string) {
    super(message);
    this.name = 'Refused';
    this.kind = kind;
  }
}
