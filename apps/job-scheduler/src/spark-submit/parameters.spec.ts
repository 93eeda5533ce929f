import { Refused } from '@firesteel/decider/refused';
import { parseParameters } from './parameters.ts';

it.each([`'a`, `--conf "a=b`])('refuses the unbalanced %j', (text) => {
  expect(() => parseParameters(text)).toThrow(
    new Refused('Invalid', 'sparkSubmitParameters has an unbalanced quote.'),
  );
});

it.each<[string, string, Record<string, string>, readonly string[]]>([
  [
    'flags as properties',
    '--executor-memory 2g --driver-cores=1',
    { 'spark.executor.memory': '2g', 'spark.driver.cores': '1' },
    [],
  ],
  ['properties as they are', '--conf a.b=c=d -c e=', { 'a.b': 'c=d', e: '' }, []],
  ['the last of a property', '--conf a=1 --conf a=2', { a: '2' }, []],
  [
    'a flag before its property',
    '--executor-cores 2 --conf spark.executor.cores=8',
    { 'spark.executor.cores': '2' },
    [],
  ],
  [
    'the number of executors, and the shape --conf=',
    '--num-executors 5 --conf=a=1',
    { 'spark.executor.instances': '5', a: '1' },
    [],
  ],
  [
    'what spark-submit needs itself',
    '--class org.Main --jars=a.jar --verbose',
    {},
    ['--class', 'org.Main', '--jars', 'a.jar', '--verbose'],
  ],
  [
    'no master of the user’s',
    '--master yarn --deploy-mode client --name x',
    { 'spark.app.name': 'x' },
    [],
  ],
])('keeps %s', (_name, text, properties, passed) => {
  expect(parseParameters(text)).toEqual({ properties, arguments: passed });
});

it.each([
  ['--unknown x', 'Unrecognized option: --unknown'],
  ['job.py x', 'Unrecognized option: job.py'],
  ['--class', "Missing argument for option '--class'."],
  ['--conf a', "Spark config without '=': a"],
  ['--conf =a', "Spark config without '=': =a"],
])('refuses %j', (text, sentence) => {
  expect(() => parseParameters(text)).toThrow(sentence);
});
