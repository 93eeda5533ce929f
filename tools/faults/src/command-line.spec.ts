import { readCommandLine } from './command-line.ts';
import { faults } from './faults.ts';

it('understands numbers, names and options', () => {
  const words = ['2', 'two-ledgers', '--seconds', '5', '--stack', 'running', '--seed', '3'];
  expect(readCommandLine([...words, '--write'])).toMatchObject({
    chosen: [{ number: '2' }, { number: '6' }],
    ...{ seconds: 5, stack: 'running', seed: 3, write: true },
  });
  expect(readCommandLine(['all'])).toMatchObject({ chosen: faults, stack: 'own', write: false });
  expect(readCommandLine(['list'])).toEqual({ kind: 'list' });
  expect(readCommandLine([])).toEqual({ kind: 'help' });
});

it.each([
  ['nothing-like-it', 'There is no fault nothing-like-it: see list.'],
  ['2 --seconds long', '--seconds takes a whole number, not long.'],
  ['2 --stack mine', '--stack takes own or running, not mine.'],
])('refuses %s', (text, sentence) => {
  expect(() => readCommandLine(text.split(' '))).toThrow(sentence);
});

it('has one fault for each number and name', () => {
  expect(new Set(faults.map(({ number }) => number)).size).toBe(faults.length);
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
});
