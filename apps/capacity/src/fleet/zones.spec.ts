import { allowedZones, healthyZones, parseZoneSubnets } from './zones.ts';

const seen = (zone: string, connected = true) => ({
  ...{ zone, connected, vcpu: 4, memoryMb: 8_192, silentMs: 0, proof: null },
  lastSeenAt: '2026-11-26T10:00:00.000Z',
});

it('takes zones whose agent is there and that nobody called impaired', () => {
  const impaired = { zone: 'b', impairedBy: 'operator', reason: 'works' } as const;
  const restored = { zone: 'a', impairedBy: null, reason: 'done' };
  const zones = [seen('a'), seen('b'), seen('c', false)];
  expect(healthyZones(zones, [impaired, restored]).map(({ zone }) => zone)).toEqual(['a']);
});

it.each<[string, readonly string[], readonly string[]]>([
  ['no subnets', [], ['a', 'b']],
  ['a subnet of one zone', ['s-1'], ['a']],
  ['subnets of both', ['s-1', 's-3'], ['a', 'b']],
  ['a subnet that lies nowhere', ['s-9'], ['a', 'b']],
  ['one known and one unknown', ['s-9', 's-2'], ['a']],
])('with %s', (_name, subnetIds, expected) => {
  const subnets = { a: ['s-1', 's-2'], b: ['s-3'] };
  const zones = allowedZones([seen('a'), seen('b')], subnetIds, subnets);
  expect(zones.map(({ zone }) => zone)).toEqual(expected);
});

it.each<[string, object]>([
  ['', {}],
  ['a=s-1', { a: ['s-1'] }],
  [' a = s-1, s-2 ; b=s-3;', { a: ['s-1', 's-2'], b: ['s-3'] }],
])('reads %j', (text, expected) => {
  expect(parseZoneSubnets(text)).toEqual(expected);
});

it.each(['a', 'a=', '=s', 'a=s=t'])('refuses %j', (text) => {
  expect(() => parseZoneSubnets(text)).toThrow('is not of the form zone=subnet,subnet');
});
