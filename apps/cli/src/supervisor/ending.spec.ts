import { liveWorkers, parsePidFile } from './ending.ts';

describe('parsePidFile', () => {
  it('reads pid and start time, and nothing else', () => {
    expect(parsePidFile('12 3456\n')).toEqual({ pid: 12, startTime: '3456' });
    for (const text of [undefined, '', '12', '12 x', '12 34 56', '-1 2']) {
      expect(parsePidFile(text)).toBeUndefined();
    }
  });
});

describe('liveWorkers', () => {
  it('is empty where no worker ever was', () => {
    expect(liveWorkers(['/no/such/dir'])).toEqual([]);
  });
});
