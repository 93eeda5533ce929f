import { commands, parseCommandLine } from './command-line.ts';

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
});
