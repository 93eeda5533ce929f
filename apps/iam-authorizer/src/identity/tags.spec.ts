import type { IamTag } from '@firesteel/contracts/events';
import fc from 'fast-check';
import { decideTags, evolveTags, tagRecord } from './tags.ts';

const at = '2026-11-25T10:00:00.000Z';
const many = (count: number, from = 0): IamTag[] =>
  Array.from({ length: count }, (_, index) => ({ key: `k${from + index}`, value: '' }));

it('takes fifty tags and no more, those there are included', () => {
  expect(decideTags({ type: 'Tag', tags: many(50), at }, [])).toHaveLength(1);
  expect(decideTags({ type: 'Tag', tags: many(50), at }, many(50))).toEqual([]);
  expect(() => decideTags({ type: 'Tag', tags: many(1, 50), at }, many(50))).toThrow(
    'The number of tags has reached the maximum limit of 50 tags.',
  );
});

const tags = fc
  .uniqueArray(fc.record({ key: fc.constantFrom('a', 'A', 'b', 'c', 'C'), value: fc.string() }), {
    selector: ({ key }) => key.toLowerCase(),
  })
  .map((list): IamTag[] => list);

it('has a command twice change nothing the second time, and every key once', () => {
  fc.assert(
    fc.property(tags, tags, fc.subarray(['a', 'B', 'c']), (before, given, tagKeys) => {
      for (const command of [
        { type: 'Tag', tags: given, at } as const,
        { type: 'Untag', tagKeys, at } as const,
      ]) {
        const after = decideTags(command, before).reduce(evolveTags, before);
        expect(decideTags(command, after)).toEqual([]);
        expect(new Set(after.map(({ key }) => key.toLowerCase())).size).toBe(after.length);
      }
      const tagged = decideTags({ type: 'Tag', tags: given, at }, before).reduce(
        evolveTags,
        before,
      );
      expect(tagRecord(tagged)).toMatchObject(tagRecord(given));
    }),
  );
});
