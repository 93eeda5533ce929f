import { placeProperties, withProperties } from './kafka.ts';

describe('withProperties', () => {
  it('puts values in the place of the template’s own and keeps the rest', () => {
    const template = '# one node\nlisteners=PLAINTEXT://:9092\nnode.id = 1\n';
    expect(withProperties(template, { listeners: 'X://:1', 'log.dirs': '/d' })).toBe(
      '# one node\nnode.id = 1\nlisteners=X://:1\nlog.dirs=/d\n',
    );
  });
  it('keeps the broker on loopback', () => {
    const values = Object.values(placeProperties({ broker: 1, controller: 2 }, '/d'));
    expect(values.join(' ').match(/127\.0\.0\.1/g)).toHaveLength(4);
  });
});
