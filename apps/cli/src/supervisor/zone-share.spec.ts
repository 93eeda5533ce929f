import { requireKnownZones, zoneShare } from './zone-share.ts';

const machine = { processors: 64, memoryBytes: 256 * 2 ** 30 };

describe('the share of a zone', () => {
  it('is all that its agent finds when there is one zone', () => {
    expect(zoneShare(machine, 1, 1, {})).toEqual({});
  });
  it('is the machine over the number of zones, in AWS’ sizes', () => {
    const half = zoneShare(machine, 2, 0.5, {});
    expect(half).toEqual({ WORKER_VCPU: '64', WORKER_MEMORY_MB: '209715' });
    expect(Number(half['WORKER_MEMORY_MB']) * 2 * 0.5).toBeLessThanOrEqual(256 * 1024 * 0.8);
  });
  it('has processors for a default job however small the machine is', () => {
    expect(zoneShare({ ...machine, processors: 2 }, 3, 0.06, {})['WORKER_VCPU']).toBe('16');
  });
  it('leaves to the user what the user has set', () => {
    expect(zoneShare(machine, 2, 1, { WORKER_VCPU: '8' })).toEqual({ WORKER_MEMORY_MB: '104857' });
    expect(zoneShare(machine, 2, 1, { WORKER_VCPU: '8', WORKER_MEMORY_MB: '1' })).toEqual({});
  });
});

describe('subnets of zones', () => {
  it('are refused for a zone that is none', () => {
    const subnets = 'zone-a=subnet-1;zone-b=subnet-2';
    expect(() => requireKnownZones(subnets, ['zone-a'])).toThrow(/zone-b is none of the zones/);
    expect(() => requireKnownZones(subnets, ['zone-a', 'zone-b'])).not.toThrow();
    expect(() => requireKnownZones(undefined, ['zone-a'])).not.toThrow();
  });
});
