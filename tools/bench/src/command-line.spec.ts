import { asksForHelp, readCommandLine } from './command-line.ts';

const defaults = {
  runs: 10,
  json: false,
  jar: 'local',
  pollMs: 50,
  baselineConf: [],
  coldConf: [],
};

describe('readCommandLine', () => {
  it('means `start` with ten runs when nothing is said', () => {
    expect(readCommandLine([])).toEqual(defaults);
    expect(readCommandLine(['start'])).toEqual(defaults);
  });

  it('takes options in both spellings, with or without `start`', () => {
    expect(readCommandLine(['start', '--runs', '3', '--json'])).toEqual({
      ...defaults,
      runs: 3,
      json: true,
    });
    expect(readCommandLine(['--runs=4', '--jar=s3', '--poll-ms', '200'])).toEqual({
      ...defaults,
      runs: 4,
      jar: 's3',
      pollMs: 200,
    });
  });

  it('collects properties for the baselines', () => {
    const words = [
      '--baseline-conf',
      'spark.ui.enabled=false',
      '--baseline-conf=spark.a=b=c',
      '--cold-conf=spark.x=y',
    ];
    expect(readCommandLine(words)).toEqual({
      ...defaults,
      baselineConf: ['spark.ui.enabled=false', 'spark.a=b=c'],
      coldConf: ['spark.x=y'],
    });
  });

  it('gives help wherever it is asked for', () => {
    expect([asksForHelp(['start', '--help']), asksForHelp(['start'])]).toEqual([true, false]);
  });

  it.each([
    [['stop'], /no benchmark stop/],
    [['--runs', '0'], /--runs needs a whole number/],
    [['--runs'], /--runs needs a whole number/],
    [['--jar', 'ftp'], /--jar is local or s3/],
    [['--baseline-conf', 'memory'], /name=value/],
    [['--cold-conf', 'spark.a=b c'], /without blanks/],
    [['--fast'], /--fast is not known/],
  ])('refuses %j in one sentence', (words, sentence) => {
    expect(() => readCommandLine(words)).toThrow(sentence);
  });
});
