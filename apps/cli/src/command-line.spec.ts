import { parseCommandLine } from './command-line.ts';
import { commands } from './command-texts.ts';

describe('parseCommandLine', () => {
  it('understands commands and their options', () => {
    expect(parseCommandLine(['status', '--json'])).toEqual({
      kind: 'run',
      command: 'status',
      options: { json: true },
      rest: [],
    });
  });
  it('passes words on to programs behind a command', () => {
    expect(parseCommandLine(['replay', '--service', 'billing'])).toEqual({
      kind: 'run',
      command: 'replay',
      options: {},
      rest: ['--service', 'billing'],
    });
  });
  it.each(Object.keys(commands))('helps for %s', (name) => {
    const line = parseCommandLine([name, '--help']);
    expect(line).toMatchObject({ kind: 'help' });
    expect(parseCommandLine(['help'])).toMatchObject({ text: expect.stringContaining(name) });
  });
  it('suggests', () => {
    expect(parseCommandLine(['stauts'])).toEqual({
      kind: 'mistake',
      text: 'There is no command `stauts`. Did you mean `status`?',
    });
    expect(parseCommandLine(['toString'])).toMatchObject({ kind: 'mistake' });
  });
  it('refuses what it does not know', () => {
    expect(parseCommandLine(['up', '--jsn'])).toMatchObject({ kind: 'mistake' });
    expect(parseCommandLine(['up', 'now'])).toMatchObject({ kind: 'mistake' });
  });
  it('understands what is to be done to what', () => {
    expect(parseCommandLine(['capacity', '00f1', '--json'])).toMatchObject({
      kind: 'run',
      options: { json: true },
      rest: ['00f1'],
    });
    expect(parseCommandLine(['zone', 'impair', 'zone-a', '--reason', 'maintenance'])).toMatchObject(
      { kind: 'run', options: { reason: 'maintenance' }, rest: ['impair', 'zone-a'] },
    );
    expect(parseCommandLine(['zone', 'list'])).toMatchObject({ kind: 'run', rest: ['list'] });
  });
  it.each([
    ['zone', 'Say what to do: list, impair, restore.'],
    ['zone impare zone-a', 'There is no action `impare`. Did you mean `impair`?'],
    ['zone toString', 'There is no action `toString`. There are: list, impair, restore.'],
    ['zone impair', '`zone impair` needs to know: <zone>.'],
    ['zone impair zone-a zone-b', '`zone impair` takes one <zone> at a time.'],
    ['zone list zone-a', '`zone list` takes no zone-a.'],
    ['zone list --reason x', '--reason belongs to impair, restore, not to list.'],
    ['zone impair zone-a --raeson x', 'There is no option --raeson. Did you mean `--reason`?'],
    ['capacity', '`capacity` needs to know: <application>.'],
    ['runtime ad emr-7.13.0', 'There is no action `ad`. Did you mean `add`?'],
    ['runtime remove a --as b', '--as belongs to add, not to remove.'],
    ['status now', '`status` takes no now.'],
  ])('%s: %s', (words, sentence) => {
    const line = parseCommandLine(words.split(' '));
    expect(line).toMatchObject({ kind: 'mistake' });
    if (line.kind === 'mistake') expect(line.text.split('\n')[0]).toBe(sentence);
  });
  it('shows actions, what they take, and options', () => {
    expect(parseCommandLine(['zone', '--help'])).toEqual({
      kind: 'help',
      text: [
        'firesteel zone <action>: show zones; take one out of use, or back into it',
        '',
        'Runs of a zone that is taken out of use are run again elsewhere, if there is another.',
        '',
        '  list            every zone with its state and size',
        '  impair <zone>   it takes no more work',
        '  restore <zone>  it takes work again',
        '',
        '  --reason <text>  why, for the log',
        '  --json           for programs',
      ].join('\n'),
    });
    expect(parseCommandLine(['capacity', '-h'])).toMatchObject({
      text: expect.stringMatching(/^firesteel capacity <application>: /),
    });
  });
});
