import { toKeyText, toOrderedKey } from './ordered-key.ts';
import { createSortedIndex, type SortedIndex } from './sorted-index.ts';
import {
  type Attributes,
  type ContentId,
  contentIdsOf,
  type StoredObject,
  type Tags,
  type UploadedPart,
  type UploadStart,
} from './stored-object.ts';

/** One fact in a bucket's journal. Each states the whole new value, so that replaying it twice is harmless. */
export type Change =
  | { readonly op: 'put'; readonly key: string; readonly object: StoredObject }
  | { readonly op: 'delete'; readonly key: string }
  | { readonly op: 'begin'; readonly upload: UploadStart }
  | { readonly op: 'part'; readonly upload: string; readonly part: UploadedPart }
  | {
      readonly op: 'complete';
      readonly upload: string;
      readonly key: string;
      readonly object: StoredObject;
    }
  | { readonly op: 'abort'; readonly upload: string }
  | { readonly op: 'tags'; readonly tags: Tags | null };

/** An unfinished upload with its parts by number. */
export type Upload = UploadStart & { readonly parts: ReadonlyMap<number, UploadedPart> };

type OpenUpload = UploadStart & { readonly parts: Map<number, UploadedPart> };

/** Everything a bucket holds, in memory; changed by `applyChange` alone. */
export type BucketState = {
  readonly objects: SortedIndex<StoredObject>;
  readonly uploads: Map<string, OpenUpload>;
  tags: Tags | undefined;
  /** Attributes by their JSON: most objects of a bucket have the same few. */
  readonly sharedAttributes: Map<string, Attributes>;
};

/** A bucket with nothing in it. */
export const emptyState = (): BucketState => ({
  objects: createSortedIndex(),
  uploads: new Map(),
  tags: undefined,
  sharedAttributes: new Map(),
});

const freedObject = (object: StoredObject | undefined): readonly ContentId[] =>
  object === undefined ? [] : contentIdsOf(object);

const freedUpload = (upload: OpenUpload | undefined): readonly ContentId[] =>
  [...(upload?.parts.values() ?? [])].map(({ content }) => content).filter((id) => id !== '');

const applyPart = (
  state: BucketState,
  change: Extract<Change, { op: 'part' }>,
): readonly ContentId[] => {
  const upload = state.uploads.get(change.upload);
  const replaced = upload?.parts.get(change.part.number)?.content ?? '';
  upload?.parts.set(change.part.number, change.part);
  return replaced === '' || replaced === change.part.content ? [] : [replaced];
};

const endUpload = (state: BucketState, id: string): readonly ContentId[] => {
  const upload = state.uploads.get(id);
  state.uploads.delete(id);
  return freedUpload(upload);
};

const maxSharedAttributes = 256;

/** The same object with attributes that it shares with others which have equal ones, to save memory. */
const withSharedAttributes = (state: BucketState, object: StoredObject): StoredObject => {
  if (object.attributes === undefined) return object;
  const json = JSON.stringify(object.attributes);
  const shared = state.sharedAttributes.get(json);
  if (shared !== undefined) return { ...object, attributes: shared };
  if (state.sharedAttributes.size < maxSharedAttributes) {
    state.sharedAttributes.set(json, object.attributes);
  }
  return object;
};

/** Stores an object; content it shares with what it replaces (a change of tags) is not free. */
const applyPut = (
  state: BucketState,
  key: string,
  object: StoredObject,
  also: readonly ContentId[],
): readonly ContentId[] => {
  const compact = withSharedAttributes(state, object);
  const replaced = freedObject(state.objects.set(toOrderedKey(key), compact));
  const kept = new Set(contentIdsOf(object));
  return [...replaced, ...also].filter((id) => !kept.has(id));
};

/** Applies one change and gives the content files that nothing refers to any more. */
export const applyChange = (state: BucketState, change: Change): readonly ContentId[] => {
  switch (change.op) {
    case 'put':
      return applyPut(state, change.key, change.object, []);
    case 'delete':
      return freedObject(state.objects.delete(toOrderedKey(change.key)));
    case 'begin':
      state.uploads.set(change.upload.id, { ...change.upload, parts: new Map() });
      return [];
    case 'part':
      return applyPart(state, change);
    case 'complete':
      return applyPut(state, change.key, change.object, endUpload(state, change.upload));
    case 'abort':
      return endUpload(state, change.upload);
    case 'tags':
      state.tags = change.tags ?? undefined;
      return [];
  }
};

const uploadChanges = ({ parts, ...upload }: OpenUpload): readonly Change[] => [
  { op: 'begin', upload },
  ...[...parts.values()].map((part): Change => ({ op: 'part', upload: upload.id, part })),
];

/**
 * The changes that build this state from nothing, in pages. Between two pages the state may change:
 * a page then shows the newer value, which the journal written meanwhile states again.
 */
export function* stateAsChanges(state: BucketState, pageLength: number): Generator<Change[]> {
  if (state.tags !== undefined) yield [{ op: 'tags', tags: state.tags }];
  for (const upload of [...state.uploads.values()]) yield [...uploadChanges(upload)];
  let position = '';
  while (true) {
    const page = objectPage(state, position, pageLength);
    if (page.changes.length > 0) yield page.changes;
    if (page.next === undefined) return;
    position = page.next;
  }
}

const objectPage = (
  state: BucketState,
  position: string,
  pageLength: number,
): { changes: Change[]; next: string | undefined } => {
  const changes: Change[] = [];
  for (const { key, value } of state.objects.from(position)) {
    if (changes.length === pageLength) return { changes, next: key };
    changes.push({ op: 'put', key: toKeyText(key), object: value });
  }
  return { changes, next: undefined };
};

/** The names of all content files the state refers to. */
export const referencedContent = (state: BucketState): Set<ContentId> => {
  const ids = new Set<ContentId>();
  for (const { value } of state.objects.from('')) for (const id of contentIdsOf(value)) ids.add(id);
  for (const upload of state.uploads.values()) for (const id of freedUpload(upload)) ids.add(id);
  return ids;
};
