import fc from 'fast-check';
import { ordinal, pageFrom, pageOf } from './paging.ts';

const all = Array.from({ length: 7 }, (_, index) => ordinal(index));

it('goes through everything once, whatever the size of its pages', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), (MaxItems) => {
      const seen: string[] = [];
      let Marker: string | undefined;
      do {
        const page = pageOf({ MaxItems, ...(Marker === undefined ? {} : { Marker }) });
        const { items, more } = pageFrom(all, page, (key) => key);
        expect(items.length).toBeLessThanOrEqual(MaxItems);
        expect(more.IsTruncated).toBe(more.Marker !== undefined);
        seen.push(...items);
        Marker = more.Marker;
      } while (Marker !== undefined);
      expect(seen).toEqual(all);
    }),
  );
});

it('has a hundred items on a page where nobody says otherwise', () => {
  expect(pageOf({})).toEqual({ after: '', limit: 100 });
});

it.each(['!', 'a b', '\u0000'])('refuses the marker %j', (Marker) => {
  expect(() => pageOf({ Marker })).toThrow('Invalid Marker.');
});
