import fc from 'fast-check';
import { listPage } from './listing.ts';
import { toKeyText, toOrderedKey } from './ordered-key.ts';
import { createSortedIndex } from './sorted-index.ts';

const keyText = fc.string({
  unit: fc.constantFrom('a', 'b', '/', 'é', '漢', '😀', '\uffff', '.'),
  maxLength: 6,
});

const byBytes = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left, 'utf8'), Buffer.from(right, 'utf8'));

describe('createSortedIndex', () => {
  it('behaves like a map whose keys are sorted by their UTF-8 bytes', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), keyText, fc.nat()), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (all) => {
        const index = createSortedIndex<number>();
        const model = new Map<string, number>();
        for (const [stores, key, value] of all) {
          const previous = model.get(key);
          if (stores) model.set(key, value);
          else model.delete(key);
          const changed = stores
            ? index.set(toOrderedKey(key), value)
            : index.delete(toOrderedKey(key));
          expect(changed).toBe(previous);
        }
        const found = [...index.from('')].map(({ key, value }) => [toKeyText(key), value]);
        expect(found).toEqual([...model].sort(([left], [right]) => byBytes(left, right)));
        expect(index.size()).toBe(model.size);
      }),
    );
  });

  it('keeps order over many blocks', () => {
    const index = createSortedIndex<number>();
    const count = 20_000;
    const name = (at: number): string => String((at * 7919) % count).padStart(6, '0');
    for (let at = 0; at < count; at += 1) index.set(name(at), at);
    const keys = [...index.from('')].map(({ key }) => key);
    expect(keys).toEqual([...keys].sort());
    expect(keys).toHaveLength(count);
    for (let at = 0; at < count; at += 1) index.delete(name(at));
    expect([...index.from('')]).toEqual([]);
  });
});

/** Lists as the S3 documentation describes it, with no thought of speed. */
const plainListing = (keys: readonly string[], prefix: string, delimiter: string): string[] => {
  const items = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return at < 0 ? key : key.slice(0, at + delimiter.length);
    });
  return [...new Set(items)].sort(byBytes);
};

describe('listPage', () => {
  it('gives, page by page, what a plain listing gives', () => {
    const cases = fc.record({
      keys: fc.uniqueArray(
        keyText.filter((key) => key !== ''),
        { maxLength: 60 },
      ),
      prefix: fc.constantFrom('', 'a', 'a/', 'é', '/'),
      delimiter: fc.constantFrom('', '/', 'b', '😀'),
      limit: fc.integer({ min: 1, max: 7 }),
    });
    fc.assert(
      fc.property(cases, ({ keys, prefix, delimiter, limit }) => {
        const index = createSortedIndex<true>();
        for (const key of keys) index.set(toOrderedKey(key), true);
        const listed: string[] = [];
        let after = '';
        for (let truncated = true; truncated; ) {
          const page = listPage(index, {
            prefix: toOrderedKey(prefix),
            delimiter: toOrderedKey(delimiter),
            after,
            limit,
          });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          listed.push(...page.items.map(({ key }) => toKeyText(key)));
          after = page.items.at(-1)?.key ?? '';
          truncated = page.truncated;
        }
        expect(listed).toEqual(plainListing(keys, prefix, delimiter));
      }),
    );
  });
});
