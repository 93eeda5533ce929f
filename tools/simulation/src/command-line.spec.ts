import { readCommandLine } from './command-line.ts';

const usual = { kind: 'play', from: 1, seeds: 60, seconds: null };

it.each<[string, object]>([
  ['', usual],
  ['--seeds 10000 --from 7 --seconds 120', { ...usual, from: 7, seeds: 10_000, seconds: 120 }],
  ['--seed 26', { ...usual, from: 26, seeds: 1, processes: 1 }],
  ['--seeds 8 --processes 2', { ...usual, seeds: 8, processes: 2 }],
  ['--mutants --seeds 30', { kind: 'mutants', seeds: 30 }],
  ['--help', { kind: 'help' }],
])('understands %p', (text, request) => {
  expect(readCommandLine(text.split(' ').filter(Boolean))).toMatchObject(request);
});

it.each([
  ['--seeds many', '--seeds takes a whole number, not many.'],
  ['--processes 0', '--processes takes a whole number, not 0.'],
  ['--sed 26', "Unknown option '--sed'"],
])('refuses %s', (text, sentence) => {
  expect(() => readCommandLine(text.split(' '))).toThrow(sentence);
});
