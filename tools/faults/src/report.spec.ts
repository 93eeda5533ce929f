import type { Fault } from './fault.ts';
import { pageWith, type Row, rowsIn } from './report.ts';

const fault = (number: string): Fault => ({
  ...{ number, name: `name-${number}`, does: 'does', passes: 'passes', method: 'method' },
  ...{ stack: 'any', seconds: 1, run: async () => ({ measured: '', problems: [] }) },
});
const row = (number: string, measured: string, ...problems: string[]): Row => ({
  fault: fault(number),
  outcome: { measured, problems },
  ...{ seconds: 5, seed: 7, load: 3, date: '2026-11-27' },
});
const all = ['1', '1a', '2'].map(fault);
const page = (before: string, ...rows: Row[]): string => pageWith(before, rows, all, 'a machine');

it('puts rows into the table’s order and says what did not pass', () => {
  const written = page('', row('2', 'two', 'a | b'), row('1', 'one'));
  const lines = written.split('\n').filter((line) => /^\| \d/.test(line));
  expect(lines).toEqual([
    '| 1 | `name-1` | does | passes | one | yes | 5 s, seed 7, load 3 | 2026-11-27 |',
    '| 1a | `name-1a` | does | passes | not measured here yet |  |  |  |',
    '| 2 | `name-2` | does | passes | two | **no**: a \\| b | 5 s, seed 7, load 3 | 2026-11-27 |',
  ]);
});

it('replaces what was measured anew and keeps the others', () => {
  const before = page('', row('1', 'old'), row('1a', 'kept'));
  const after = rowsIn(page(before, row('1', 'new')));
  expect([after.get('1'), after.get('1a')]).toEqual([
    expect.stringContaining('new'),
    rowsIn(before).get('1a'),
  ]);
});
