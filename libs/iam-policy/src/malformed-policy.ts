/** A document that is no policy, in the words of the AWS service that would refuse it. */

/** The `Code` of AWS' answer: IAM's, S3's, STS'. */
export type MalformedPolicyCode =
  /** IAM, status 400. */
  | 'MalformedPolicyDocument'
  /** S3 PutBucketPolicy, status 400. */
  | 'MalformedPolicy'
  /** IAM, status 409. */
  | 'LimitExceeded'
  /** STS AssumeRole, status 400. */
  | 'PackedPolicyTooLarge'
  /** S3 PutBucketPolicy, status 400. */
  | 'PolicyTooLarge';

/** Thrown for a document that must not be stored or evaluated; `message` is what the caller reads. */
export class MalformedPolicy extends Error {
  readonly code: MalformedPolicyCode;

  constructor(code: MalformedPolicyCode, message: string) {
    super(message);
    this.name = 'MalformedPolicy';
    this.code = code;
  }
}
