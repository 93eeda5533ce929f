/** Tags of IAM users, roles and policies. Their keys know no case, but keep it (IAM user guide, id_tags). */
import type { Fact, IamTag } from '@firesteel/contracts/events';
import { IamRefused } from '../iam/iam-refused.ts';

export type TagCommand =
  | { readonly type: 'Tag'; readonly tags: readonly IamTag[]; readonly at: string }
  | { readonly type: 'Untag'; readonly tagKeys: readonly string[]; readonly at: string };

export type TagChange =
  | Fact<'Tagged', { readonly tags: readonly IamTag[]; readonly at: string }>
  | Fact<'Untagged', { readonly tagKeys: readonly string[]; readonly at: string }>;

/** Tags that one user, role or policy may have. */
const mostTags = 50;

const sameKey = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const isTagged = (tags: readonly IamTag[], { key, value }: IamTag): boolean =>
  tags.some((tag) => tag.key === key && tag.value === value);

/** Later tags take the place of those with the same key. */
const merged = (tags: readonly IamTag[], later: readonly IamTag[]): readonly IamTag[] => [
  ...tags.filter(({ key }) => !later.some((other) => sameKey(other.key, key))),
  ...later,
];

/**
 * @param code what the service calls one key twice
 * @throws IamRefused for one key twice, or too many
 */
export function requireTags(
  tags: readonly IamTag[],
  code: 'InvalidInput' | 'InvalidParameterValue' = 'InvalidInput',
): void {
  if (new Set(tags.map(({ key }) => key.toLowerCase())).size < tags.length)
    throw new IamRefused(
      code,
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    );
  if (tags.length > mostTags)
    throw new IamRefused(
      'LimitExceeded',
      'The number of tags has reached the maximum limit of 50 tags.',
    );
}

/** @throws IamRefused when the tags would not be a set, or too many */
export function decideTags(command: TagCommand, tags: readonly IamTag[]): readonly TagChange[] {
  const { at } = command;
  if (command.type === 'Untag') {
    const tagKeys = tags
      .filter(({ key }) => command.tagKeys.some((other) => sameKey(other, key)))
      .map(({ key }) => key);
    return tagKeys.length === 0 ? [] : [{ type: 'Untagged', data: { tagKeys, at } }];
  }
  requireTags(command.tags);
  requireTags(merged(tags, command.tags));
  const changed = command.tags.filter((tag) => !isTagged(tags, tag));
  return changed.length === 0 ? [] : [{ type: 'Tagged', data: { tags: changed, at } }];
}

export function evolveTags(tags: readonly IamTag[], { type, data }: TagChange): readonly IamTag[] {
  return type === 'Tagged'
    ? merged(tags, data.tags)
    : tags.filter(({ key }) => !data.tagKeys.includes(key));
}

/** As the policy engine takes them. */
export const tagRecord = (tags: readonly IamTag[]): Readonly<Record<string, string>> =>
  Object.fromEntries(tags.map(({ key, value }) => [key, value]));
