import { shellWords } from './shell-words.ts';

it.each<[string, readonly string[]]>([
  ['', []],
  ['  a   b\n c\t', ['a', 'b', 'c']],
  [`'a b' "c d"`, ['a b', 'c d']],
  [`--conf "spark.x=a b"c`, ['--conf', 'spark.x=a bc']],
  ['a\\ b', ['a b']],
  [`"say \\"hi\\""`, ['say "hi"']],
  [`'no \\n escape'`, ['no \\n escape']],
  [`a "" b`, ['a', '', 'b']],
  ['$HOME s3://b/*.jar', ['$HOME', 's3://b/*.jar']],
  [`-Da="b c" '-Dd=$e'`, ['-Da=b c', '-Dd=$e']],
  ['--conf a=1 \\\n  --conf b=2', ['--conf', 'a=1', '--conf', 'b=2']],
  [`"C:\\dir"'it'\\''s'`, ["C:\\dirit's"]],
])('takes %j apart', (text, words) => {
  expect(shellWords(text)).toEqual(words);
});

it.each([`'a`, `"a`, `a "b' c`, 'a\\'])('refuses the unbalanced %j, by its name', (text) => {
  expect(() => shellWords(text)).toThrow('sparkSubmitParameters has an unbalanced quote.');
  expect(() => shellWords(text, 'spark.driver.extraJavaOptions')).toThrow(
    'spark.driver.extraJavaOptions has an unbalanced quote.',
  );
});
