import { count, diskGb, memoryMb } from './spark-amounts.ts';

it.each([
  ['14G', 14_336],
  ['14g', 14_336],
  ['4gb', 4_096],
  ['512m', 512],
  ['2048', 2_048],
  ['1t', 1_048_576],
  ['1k', 1],
  ['1025k', 2],
  [' 2 g ', 2_048],
])('reads %j as %d MB', (text, mb) => {
  expect(memoryMb('spark.driver.memory', text)).toBe(mb);
});

it.each(['', '0g', '-1g', '1.5g', 'g', '4x', '4g4g', '9999999999g'])('%j is no memory', (text) => {
  expect(() => memoryMb('spark.driver.memory', text)).toThrow(
    `spark.driver.memory=${text} is not an amount of memory such as 4g or 512m.`,
  );
});

it.each([
  ['4', 1, 4],
  [' 4 ', 1, 4],
  ['0', 0, 0],
  ['2147483647', 1, 2_147_483_647],
])('counts %j', (text, min, number) => {
  expect(count('spark.driver.cores', text, min)).toBe(number);
});

it.each([
  ['0', 1],
  ['', 0],
  ['-1', 0],
  ['1.5', 1],
  ['four', 1],
])('%j is not a number of at least %d', (text, min) => {
  expect(() => count('spark.driver.cores', text, min)).toThrow(
    `spark.driver.cores=${text} is not a whole number of at least ${min}.`,
  );
});

it.each([
  ['20G', 200, 20],
  ['200g', 200, 200],
  ['2T', 2_048, 2_048],
])('reads %j of disk', (text, max, gb) => {
  expect(diskGb('disk', text, max)).toBe(gb);
});

it.each(['19G', '201G', '20', '20500m'])('%j of disk is refused', (text) => {
  expect(() => diskGb('disk', text, 200)).toThrow(
    `disk=${text} must be a whole number of GB from 20G to 200G.`,
  );
});
