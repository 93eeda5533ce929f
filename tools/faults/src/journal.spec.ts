import { compare, readJournal } from './journal.ts';

const journal = (...lines: readonly [token: string, id?: string][]) =>
  readJournal(lines.map(([token, id]) => JSON.stringify({ atMs: 1, token, id })).join('\n'));

it.each<[string, ReturnType<typeof journal>, Record<string, string[]>, number, string[], string[]]>(
  [
    ['what was told and is there', journal(['a'], ['a', '1']), { a: ['1'] }, 1, [], []],
    ['told and not there: lost', journal(['a'], ['a', '1']), {}, 1, ['a'], []],
    ['told one, made another: lost', journal(['a', '1']), { a: ['2'] }, 1, ['a'], []],
    ['only asked, and not there', journal(['a']), {}, 0, [], []],
    ['only asked, and there', journal(['a']), { a: ['1'] }, 0, [], []],
    ['made twice: doubled', journal(['a', '1']), { a: ['1', '2'] }, 1, [], ['a']],
    ['only asked, made twice: doubled', journal(['a']), { a: ['1', '2'] }, 0, [], ['a']],
    [
      'told two answers: doubled, one lost',
      journal(['a', '1'], ['a', '2']),
      { a: ['1'] },
      1,
      ['a'],
      ['a'],
    ],
  ],
)('%s', (_name, told, made, acknowledged, lost, doubled) => {
  expect(compare(told, new Map(Object.entries(made)))).toEqual({ acknowledged, lost, doubled });
});
