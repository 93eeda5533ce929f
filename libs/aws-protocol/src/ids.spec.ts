import fc from 'fast-check';
import {
  formatDisk,
  formatMemory,
  formatVcpu,
  parseDiskGb,
  parseMemoryMb,
  parseVcpu,
} from './capacity-units.ts';
import { applicationArn, deriveId, jobRunArn, parseArn, sessionArn } from './ids.ts';

const key = Buffer.from('secret');

it("derives ids in AWS' shape, the same for the same parts only", () => {
  expect(deriveId(key, 'a', 'b')).toMatch(/^00[0-9a-z]{14}$/);
  expect(deriveId(key, 'a', 'b')).toBe(deriveId(key, 'a', 'b'));
  const others = [['ab'], ['a', 'b', ''], ['', 'a', 'b'], ['b', 'a'], ['a', 'c']];
  const ids = [
    deriveId(key, 'a', 'b'),
    deriveId(Buffer.from('x'), 'a', 'b'),
    ...others.map((parts) => deriveId(key, ...parts)),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  fc.assert(
    fc.property(fc.array(fc.string()), (parts) => /^00[0-9a-z]{14}$/.test(deriveId(key, ...parts))),
  );
});

it('writes and reads ARNs', () => {
  const scope = { region: 'us-east-1', accountId: '123456789012' };
  const read = { ...scope, partition: 'aws', applicationId: '00f1' };
  expect(applicationArn(scope, '00f1')).toBe(
    'arn:aws:emr-serverless:us-east-1:123456789012:/applications/00f1',
  );
  expect(parseArn(applicationArn(scope, '00f1'))).toEqual({ ...read, kind: 'application' });
  expect(parseArn(jobRunArn(scope, '00f1', '00g2'))).toEqual({
    ...read,
    kind: 'jobRun',
    jobRunId: '00g2',
  });
  expect(parseArn(sessionArn({ ...scope, partition: 'aws-cn' }, '00f1', '00s3'))).toEqual({
    ...read,
    partition: 'aws-cn',
    kind: 'session',
    sessionId: '00s3',
  });
  for (const arn of [
    '',
    'arn:aws:s3:::bucket',
    `${applicationArn(scope, '00f1')}/runs/1`,
    `${applicationArn(scope, '00f1')}\n`,
  ]) {
    expect(parseArn(arn)).toBeUndefined();
  }
});

it.each([
  ['4 vCPU', 4],
  ['4', 4],
  ['16vcpu', 16],
  ['8 VCPU', 8],
  ['0', undefined],
  ['4 GB', undefined],
  ['four', undefined],
  ['4  vCPU', undefined],
  ['', undefined],
])('reads %j as vCPUs', (text, vcpu) => expect(parseVcpu(text)).toBe(vcpu));

it.each([
  ['16 GB', 16_384],
  ['16gb', 16_384],
  ['16', 16_384],
  ['16 TB', undefined],
  ['1.5 GB', undefined],
  ['-1 GB', undefined],
])('reads %j as memory', (text, memoryMb) => expect(parseMemoryMb(text)).toBe(memoryMb));

it.each([
  ['20 GB', 20],
  ['20Gb', 20],
  ['20', undefined],
])('reads %j as disk', (text, diskGb) => expect(parseDiskGb(text)).toBe(diskGb));

it('writes sizes as AWS does', () => {
  expect([formatVcpu(4), formatMemory(16_384), formatDisk(20)]).toEqual([
    '4 vCPU',
    '16 GB',
    '20 GB',
  ]);
});
