import { liveWorkers, parsePidFile } from './ending.ts';

describe('parsePidFile', () => {
  const boot = '82def61f-538f-43bb-81b4-d5d795301f1c';

  it('reads what a shim of this boot wrote, and nothing else', () => {
    const written = `12 3456 78.90 ${boot}`;
    expect(parsePidFile(`${written}\n`, boot)).toEqual({ pid: 12, startTime: '3456' });
    for (const text of [undefined, '', '12', '12 x', '12 34 56', '-1 2', `${written} 1`]) {
      expect(parsePidFile(text, boot)).toBeUndefined();
    }
    expect(parsePidFile(written, boot.replace('8', '9'))).toBeUndefined();
  });
});

describe('liveWorkers', () => {
  it('is empty where no worker ever was', () => {
    expect(liveWorkers(['/no/such/dir'])).toEqual([]);
  });
});
