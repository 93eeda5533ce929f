import { explainFailure, explainLog } from './failure.ts';

describe('explainFailure', () => {
  it('says what to do about a full disk', () => {
    const error = Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC', path: '/x' });
    expect(explainFailure(error)).toBe(
      'The disk at /x is full: free some space and run the command again.',
    );
  });
  it('keeps messages that are sentences already', () => {
    expect(explainFailure(new Error('Port 1 is taken.'))).toBe('Port 1 is taken.');
    expect(explainFailure('so')).toBe('so');
  });
});

describe('explainLog', () => {
  it('knows what users can mend', () => {
    expect(explainLog(['x', 'FATAL: No space left on device'])).toMatch(/disk is full/);
    expect(explainLog(['Error: listen EADDRINUSE 127.0.0.1:1'])).toMatch(/taken by another/);
    expect(explainLog(['all is well'])).toBeUndefined();
  });
});
