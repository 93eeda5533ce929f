import fc from 'fast-check';
import { type JsonNode, positionAt, readJson } from './json-text.ts';

const plain = (node: JsonNode): unknown => {
  switch (node.type) {
    case 'object':
      return Object.fromEntries([...node.members].map(([name, value]) => [name, plain(value)]));
    case 'array':
      return node.items.map(plain);
    case 'string':
      return node.text;
    default:
      return JSON.parse(node.text);
  }
};

it('reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(0, 2), (text, indent) => {
      const value: unknown = JSON.parse(text);
      const written = JSON.stringify(value, null, indent);
      // Members named __proto__ are no members to Object.fromEntries' result but are to JSON.parse's.
      expect(JSON.stringify(plain(readJson(written)))).toBe(JSON.stringify(value));
    }),
  );
});

it('refuses what JSON.parse refuses', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'{}[]",:0-1.e+truefalsn\\ \n\u0001'), maxLength: 12 }),
      (text) => {
        let value: unknown;
        try {
          value = JSON.parse(text);
        } catch {
          expect(() => readJson(text)).toThrow(SyntaxError);
          return;
        }
        expect(plain(readJson(text))).toEqual(value);
      },
    ),
    { numRuns: 2_000 },
  );
});

it.each([
  ['a member named twice', '{"a":1,"b":2,"a":3}'],
  ['the same in an inner object', '{"a":{"b":1,"b":1}}'],
  ['the same in another spelling', '{"a":1,"\\u0061":2}'],
  ['text after the end', '{} {}'],
  ['depth', `${'['.repeat(40)}${']'.repeat(40)}`],
  ['nothing', ' '],
  ['a comma at the end', '{"a":1,}'],
  ['a control character in a string', '{"a":"\u0001"}'],
])('refuses %s', (_name, text) => {
  expect(() => readJson(text)).toThrow(SyntaxError);
});

it('knows where a value stands', () => {
  const text = '{\n  "a": [\n    {"b": 1},\n    2\n  ]\n}';
  const root = readJson(text);
  const list = root.type === 'object' ? root.members.get('a') : undefined;
  const [first, second] = list?.type === 'array' ? list.items : [];
  expect(text.slice(first?.start, first?.end)).toBe('{"b": 1}');
  expect(text.slice(second?.start, second?.end)).toBe('2');
  expect(text.slice(list?.start, list?.end)).toBe('[\n    {"b": 1},\n    2\n  ]');
  expect(positionAt(text, first?.start ?? 0)).toEqual({ line: 3, column: 5 });
  expect(positionAt(text, first?.end ?? 0)).toEqual({ line: 3, column: 13 });
});

it('keeps numbers as they are written', () => {
  expect(readJson('10.50')).toMatchObject({ type: 'number', text: '10.50' });
});
