/**
 * Members of a request, read as what they must be. The gateway has held them to the service model;
 * whatever comes another way is refused here.
 */
import type { IamTag } from '@firesteel/contracts/events';
import { IamRefused } from './iam-refused.ts';

/** A parsed request of IAM or STS, by the model's member names. */
export type Input = Readonly<Record<string, unknown>>;

const wrong = (member: string): IamRefused =>
  new IamRefused('ValidationError', `The parameter ${member} is missing or of the wrong type.`);

/** @throws IamRefused when it is no text */
export function text(input: Input, member: string): string {
  const value = input[member];
  if (typeof value !== 'string') throw wrong(member);
  return value;
}

/** @throws IamRefused when it is there and no text */
export const optionalText = (input: Input, member: string): string | undefined =>
  input[member] === undefined ? undefined : text(input, member);

/** @throws IamRefused when it is there and no number */
export function optionalNumber(input: Input, member: string): number | undefined {
  const value = input[member];
  if (value !== undefined && typeof value !== 'number') throw wrong(member);
  return value;
}

/** False when it is not there. @throws IamRefused when it is there and neither true nor false */
export function flag(input: Input, member: string): boolean {
  const value = input[member] ?? false;
  if (typeof value !== 'boolean') throw wrong(member);
  return value;
}

function list(input: Input, member: string): readonly unknown[] {
  const value = input[member] ?? [];
  if (!Array.isArray(value)) throw wrong(member);
  return value;
}

/** Empty when it is not there. @throws IamRefused when it is no list of texts */
export function texts(input: Input, member: string): readonly string[] {
  const values = list(input, member);
  if (!values.every((value) => typeof value === 'string')) throw wrong(member);
  return values as readonly string[];
}

const isInput = (value: unknown): value is Input => typeof value === 'object' && value !== null;

/** Empty when it is not there. @throws IamRefused when it is no list of structures */
export function structures(input: Input, member: string): readonly Input[] {
  const values = list(input, member);
  if (!values.every(isInput)) throw wrong(member);
  return values as readonly Input[];
}

/** `Tags` as the aggregates keep them. */
export const tagsOf = (input: Input): readonly IamTag[] =>
  structures(input, 'Tags').map((tag) => ({ key: text(tag, 'Key'), value: text(tag, 'Value') }));
