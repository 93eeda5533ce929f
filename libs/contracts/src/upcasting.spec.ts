import {
  NewerSchema,
  schemaVersion,
  type Upcasters,
  upcast,
  withSchemaVersions,
  writtenVersion,
} from './upcasting.ts';

/** A type that was renamed in one member and then split in another. */
const steps: Upcasters = {
  Moved: [
    ({ to, ...rest }: { to?: string }) => ({ ...rest, address: to }),
    ({ address = '', ...rest }: { address?: string }) => {
      const [street, town] = address.split(', ');
      return { ...rest, street, town };
    },
  ],
};
const today = { id: 1, street: 'High Street 1', town: 'Berne' };

it.each<[string, object, object]>([
  ['nothing', {}, { id: 1, to: 'High Street 1, Berne' }],
  ['other types only', { schemaVersions: { Left: 7 } }, { id: 1, to: 'High Street 1, Berne' }],
  ['version 2', { schemaVersions: { Moved: 2 } }, { id: 1, address: 'High Street 1, Berne' }],
  ['version 3', { schemaVersions: { Moved: 3 } }, today],
])('an event whose metadata say %s is read in today’s shape', (_name, meta, data) => {
  const stored = JSON.stringify(data);
  expect(upcast({ type: 'Moved', data, meta }, steps)).toEqual(today);
  expect(JSON.stringify(data)).toBe(stored);
});

it('an event of a version that comes later is refused', () => {
  const event = { type: 'Moved', data: {}, meta: { schemaVersions: { Moved: 4 } } };
  expect(() => upcast(event, steps)).toThrow(NewerSchema);
});

it('what is written says its version only where there is more than one', () => {
  const meta = { requestId: 'r' };
  expect(withSchemaVersions(meta, ['Left'], steps)).toBe(meta);
  const written = withSchemaVersions(meta, ['Left', 'Moved'], steps);
  expect(written).toEqual({ requestId: 'r', schemaVersions: { Moved: 3 } });
  expect([writtenVersion({ type: 'Moved', meta: written }), schemaVersion('Left', steps)]).toEqual([
    3, 1,
  ]);
});
