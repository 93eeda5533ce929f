import {
  identify,
  isAlive,
  memoryBytes,
  parseStat,
  processesWithVariable,
} from './process-identity.ts';

describe('parseStat', () => {
  it('is not misled by the name of the command', () => {
    const rest = Array.from({ length: 18 }, (_, index) => index + 1).join(' ');
    expect(parseStat(`12 (a) b) (c) S ${rest} 4711 0 0`)).toEqual({
      state: 'S',
      startTime: '4711',
    });
    expect(parseStat('12 (short) S 1')).toBeUndefined();
  });
});

describe('an identity', () => {
  it('holds for this very process only', () => {
    const self = identify(process.pid);
    if (self === undefined) throw new Error('this process must be seen');
    expect(isAlive(self)).toBe(true);
    expect(isAlive({ ...self, startTime: '1' })).toBe(false);
    expect(memoryBytes(process.pid, false)).toBeGreaterThan(1e6);
  });
  it('is not found by a variable that nobody has', () => {
    expect(processesWithVariable('FIRESTEEL_SUPERVISED=/no/such/home')).toEqual([]);
  });
});
