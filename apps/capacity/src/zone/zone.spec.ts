import type { ZoneEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import { type ImpairedBy, type ZoneCommand, zone } from './zone.ts';

const at = '2026-11-26T10:00:00.000Z';
const say = (type: ZoneCommand['type'], by: ImpairedBy): ZoneCommand => ({
  ...{ type, zone: 'a', by, reason: by, at },
});
const impaired = (by: ImpairedBy): ZoneEvent => ({
  type: 'ZoneImpaired',
  data: { zone: 'a', by, reason: by, at },
});
const restored: ZoneEvent = { type: 'ZoneRestored', data: { zone: 'a', reason: 'x', at } };

it.each<[string, readonly ZoneEvent[], ZoneCommand, readonly string[]]>([
  ['is impaired by silence', [], say('ImpairZone', 'silence'), ['ZoneImpaired']],
  ['is impaired once', [impaired('silence')], say('ImpairZone', 'silence'), []],
  [
    'is taken out by an operator, silent or not',
    [impaired('silence')],
    say('ImpairZone', 'operator'),
    ['ZoneImpaired'],
  ],
  ['stays with the operator', [impaired('operator')], say('ImpairZone', 'silence'), []],
  [
    'is restored when its agent is back',
    [impaired('silence')],
    say('RestoreZone', 'silence'),
    ['ZoneRestored'],
  ],
  [
    'is not restored by its agent against an operator',
    [impaired('operator')],
    say('RestoreZone', 'silence'),
    [],
  ],
  [
    'is restored by an operator',
    [impaired('operator')],
    say('RestoreZone', 'operator'),
    ['ZoneRestored'],
  ],
  [
    'is restored by an operator although it is silent',
    [impaired('silence')],
    say('RestoreZone', 'operator'),
    ['ZoneRestored'],
  ],
  ['that is well cannot be restored', [], say('RestoreZone', 'operator'), []],
  [
    'is impaired again',
    [impaired('silence'), restored],
    say('ImpairZone', 'silence'),
    ['ZoneImpaired'],
  ],
])('a zone %s', (_name, before, command, types) => {
  const outcome = given(zone, before).when(command);
  expect('events' in outcome && outcome.events.map(({ type }) => type)).toEqual(types);
});
