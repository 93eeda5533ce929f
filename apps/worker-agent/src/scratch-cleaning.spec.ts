import { keysOf } from './scratch-cleaning.ts';

it.each<[string, string, readonly string[]]>([
  ['nothing', '<ListBucketResult><Name>b</Name></ListBucketResult>', []],
  [
    'keys in order',
    '<Contents><Key>run/1/a</Key></Contents><Contents><Key>run/1/b c</Key></Contents>',
    ['run/1/a', 'run/1/b c'],
  ],
  ['what XML escapes', '<Key>run/1/&lt;a&gt;&amp;lt;&quot;&apos;</Key>', [`run/1/<a>&lt;"'`]],
])('reads %s', (_name, listing, keys) => {
  expect(keysOf(listing)).toEqual(keys);
});
