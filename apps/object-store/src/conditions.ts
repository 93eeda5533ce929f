/** What a condition is judged against: the entity tag without quotes, and the time of last change. */
export type Validators = { readonly etag: string; readonly modifiedMs: number };

/** The four conditional headers of a request, as they were sent. */
export type Conditions = {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
};

const bareTag = (tag: string): string => tag.trim().replace(/^W\//, '').replace(/^"|"$/g, '');

/** Whether a list of entity tags, or `*`, names this one. Quotes are optional, as S3 has them. */
export const namesTag = (header: string, etag: string): boolean =>
  header.split(',').some((tag) => tag.trim() === '*' || bareTag(tag) === etag);

const wholeSeconds = (ms: number): number => Math.floor(ms / 1000);

/** Compares in whole seconds, since HTTP dates have no more; an unreadable date says nothing. */
const isAfter = (modifiedMs: number, header: string): boolean | undefined => {
  const limit = Date.parse(header);
  return Number.isNaN(limit) ? undefined : wholeSeconds(modifiedMs) > wholeSeconds(limit);
};

const failsMatch = (conditions: Conditions, validators: Validators): boolean => {
  if (conditions.ifMatch !== undefined) return !namesTag(conditions.ifMatch, validators.etag);
  if (conditions.ifUnmodifiedSince === undefined) return false;
  return isAfter(validators.modifiedMs, conditions.ifUnmodifiedSince) ?? false;
};

const failsNoneMatch = (conditions: Conditions, validators: Validators): boolean => {
  if (conditions.ifNoneMatch !== undefined)
    return namesTag(conditions.ifNoneMatch, validators.etag);
  if (conditions.ifModifiedSince === undefined) return false;
  return isAfter(validators.modifiedMs, conditions.ifModifiedSince) === false;
};

/**
 * Judges the conditions of a read. If-Match outranks If-Unmodified-Since and If-None-Match outranks
 * If-Modified-Since. Source: GetObject, Amazon S3 API reference, "Conditions".
 */
export const judgeRead = (
  conditions: Conditions,
  validators: Validators,
): 'proceed' | 'precondition-failed' | 'not-modified' => {
  if (failsMatch(conditions, validators)) return 'precondition-failed';
  return failsNoneMatch(conditions, validators) ? 'not-modified' : 'proceed';
};

/** Judges the conditions a copy sets on its source, which all end in a failed precondition. */
export const allowsCopy = (conditions: Conditions, validators: Validators): boolean =>
  judgeRead(conditions, validators) === 'proceed';

/**
 * Judges the conditions of a write against what the key holds now. `If-None-Match: *` wants nothing
 * there; `If-Match` wants that very object. Source: "Conditional writes", Amazon S3 user guide.
 */
export const judgeWrite = (
  conditions: Pick<Conditions, 'ifMatch' | 'ifNoneMatch'>,
  current: Validators | undefined,
): 'proceed' | 'precondition-failed' | 'no-such-key' => {
  if (conditions.ifNoneMatch !== undefined && current !== undefined) return 'precondition-failed';
  if (conditions.ifMatch === undefined) return 'proceed';
  if (current === undefined) return 'no-such-key';
  return namesTag(conditions.ifMatch, current.etag) ? 'proceed' : 'precondition-failed';
};
