import { turnsOf } from './rounds.ts';

describe('turnsOf', () => {
  it('warms up, then rotates', () => {
    const text = turnsOf(2).map(({ round, way }) => `${round} ${way}`);
    expect(text).toEqual([
      '0 warm',
      '0 cold',
      '0 sparkSubmitLocal',
      '0 sparkStandalone',
      '1 cold',
      '1 sparkSubmitLocal',
      '1 sparkStandalone',
      '1 warm',
      '2 sparkSubmitLocal',
      '2 sparkStandalone',
      '2 warm',
      '2 cold',
    ]);
  });

  it('runs every way as often', () => {
    const cold = turnsOf(10).filter(({ way, round }) => way === 'cold' && round > 0);
    expect(cold).toHaveLength(10);
  });
});
