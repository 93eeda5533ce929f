import { editDistance, nearestWord } from './nearest-word.ts';
import { paintWith } from './paint.ts';
import { tableLines } from './table.ts';
import { bytesText, durationText } from './units.ts';

describe('tableLines', () => {
  it('aligns columns and leaves no blanks at line ends', () => {
    expect(
      tableLines(
        [
          { title: 'NAME', align: 'left' },
          { title: 'PID', align: 'right' },
          { title: 'WHY', align: 'left' },
        ],
        [
          ['gateway', '7', ''],
          ['x', '12345', 'exit code 1'],
        ],
      ),
    ).toEqual(['NAME       PID  WHY', 'gateway      7', 'x        12345  exit code 1']);
  });
});

describe('nearestWord', () => {
  const words = ['up', 'down', 'status', 'verify'];
  it.each([
    ['stauts', 'status'],
    ['stat', 'status'],
    ['verfy', 'verify'],
    ['dwon', 'down'],
    ['deploy', undefined],
    ['x', undefined],
  ])('%s → %s', (typed, word) => {
    expect(nearestWord(typed, words)).toBe(word);
  });
  it('counts letters', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('', 'abc')).toBe(3);
  });
});

describe('units', () => {
  it('read well', () => {
    expect([850, 12_340, 245_000, 11_520_000, 187_200_000].map(durationText)).toEqual([
      '850 ms',
      '12.3 s',
      '4 min 5 s',
      '3 h 12 min',
      '2 d 4 h',
    ]);
    expect([340_000, 12e6, 1.34e9].map(bytesText)).toEqual(['340 kB', '12 MB', '1.3 GB']);
  });
});

describe('paint', () => {
  it('is plain where nobody looks', () => {
    expect(paintWith(false).red('x')).toBe('x');
    expect(paintWith(true).red('x')).toBe('\u001b[31mx\u001b[39m');
  });
});
