import { readScaleCommandLine } from './command-line.ts';

it('has values for what is not given', () => {
  expect(readScaleCommandLine([])).toEqual({
    runs: 3,
    json: false,
    stages: { tasks: 8, wideSeconds: 15, narrowSeconds: 60 },
  });
});

it('takes what is given', () => {
  const words = '--runs 1 --json --tasks 4 --wide-seconds=2 --narrow-seconds 9'.split(' ');
  expect(readScaleCommandLine(words)).toEqual({
    runs: 1,
    json: true,
    stages: { tasks: 4, wideSeconds: 2, narrowSeconds: 9 },
  });
});

it.each([
  [['--runs', '0'], '--runs needs a whole number of at least 1.'],
  [['--tasks', 'many'], '--tasks needs a whole number of at least 1.'],
  [['--fast'], "Unknown option '--fast'"],
])('refuses %j', (words, message) => {
  expect(() => readScaleCommandLine(words)).toThrow(message);
});
