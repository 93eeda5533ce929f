import fc from 'fast-check';
import { compileGlob, compileStringGlob, type Text, tokensOf } from './glob.ts';

/** What a pattern means, as slowly and plainly as it can be said. */
const naive = (pattern: string, text: string): boolean => {
  if (pattern === '') return text === '';
  if (pattern.startsWith('*'))
    return naive(pattern.slice(1), text) || (text !== '' && naive(pattern, text.slice(1)));
  return (
    text !== '' &&
    (pattern.startsWith('?') || pattern[0] === text[0]) &&
    naive(pattern.slice(1), text.slice(1))
  );
};

/** A text that counts how often it is read. */
const counted = (text: string): { readonly text: Text; readonly reads: () => number } => {
  let reads = 0;
  return {
    text: {
      length: text.length,
      charCodeAt: (index) => {
        reads += 1;
        return text.charCodeAt(index);
      },
    },
    reads: () => reads,
  };
};

/** Few letters, so that patterns and texts meet. */
const word = (letters: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...letters), maxLength, size: 'max' });

it('means what the plain reading means', () => {
  fc.assert(
    fc.property(word('ab*?', 9), word('ab', 12), (pattern, text) => {
      const tokens = tokensOf(pattern);
      const expected = naive(pattern, text);
      expect(compileGlob(tokens)(text)).toBe(expected);
      expect(compileStringGlob(tokens)(text)).toBe(expected);
    }),
    { numRuns: 3_000 },
  );
});

it('means it for parts of more than one word of bits', () => {
  fc.assert(
    fc.property(
      fc.array(word('ab?', 100), { minLength: 2, maxLength: 4 }),
      fc.array(word('ab', 100), { minLength: 4, maxLength: 4 }),
      fc.nat(),
      (parts, fillers, at) => {
        const glob = compileGlob(tokensOf(`${parts.join('*')}*`));
        const expression = new RegExp(`^${parts.join('.*').replaceAll('?', '.')}.*$`);
        const text = parts
          .map((part, index) => part.replaceAll('?', 'a') + (fillers[index] ?? ''))
          .join('');
        const place = at % (text.length + 1);
        expect(glob(text)).toBe(true);
        const changed = `${text.slice(0, place)}c${text.slice(place + 1)}`;
        expect(glob(changed)).toBe(expression.test(changed));
      },
    ),
    { numRuns: 500 },
  );
});

it('widens when a part of the pattern becomes a star', () => {
  fc.assert(
    fc.property(word('ab*?', 9), word('ab', 9), fc.nat(), fc.nat(3), (pattern, text, at, count) => {
      const from = at % (pattern.length + 1);
      const wider = `${pattern.slice(0, from)}*${pattern.slice(from + count)}`;
      return !compileGlob(tokensOf(pattern))(text) || compileGlob(tokensOf(wider))(text);
    }),
  );
});

it.each([
  ['stars between letters', `${'*a'.repeat(2_000)}b`, 'a'.repeat(4_000)],
  ['a long part that nearly fits everywhere', `*${'a'.repeat(900)}b*`, 'a'.repeat(4_000)],
  [
    'a long part with a question mark inside',
    `*${'a'.repeat(450)}?${'a'.repeat(450)}b*`,
    'a'.repeat(4_000),
  ],
  ['question marks only', `*${'?'.repeat(900)}*b`, 'a'.repeat(4_000)],
  ['many parts that nearly fit', `*${'aab*'.repeat(200)}c`, 'aaab'.repeat(1_000)],
  ['both ends', `${'a'.repeat(1_000)}*${'a'.repeat(1_000)}`, 'a'.repeat(4_000)],
])('reads each character at most twice: %s', (_name, pattern, adversary) => {
  const { text, reads } = counted(adversary);
  compileGlob(tokensOf(pattern))(text);
  expect(reads()).toBeLessThanOrEqual(2 * adversary.length);
});

it('does not start on a text that is too short', () => {
  const { text, reads } = counted('a'.repeat(100));
  expect(compileGlob(tokensOf(`*${'a'.repeat(101)}*`))(text)).toBe(false);
  expect(reads()).toBe(0);
});
