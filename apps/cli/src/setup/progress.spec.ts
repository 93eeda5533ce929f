import { progressBar, progressTo } from './progress.ts';

const screen = (isTTY: boolean) => {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
};

describe('progress', () => {
  it('shows part, percentage and megabytes', () => {
    expect(progressBar('Java', 15e6, 30e6)).toBe(
      'Java [############            ]  50 %  15.0 / 30.0 MB',
    );
  });

  it('never passes a hundred per cent', () => {
    expect(progressBar('Java', 40e6, 30e6)).toContain('100 %');
  });

  it('writes over its own line on a terminal', () => {
    const terminal = screen(true);
    progressTo(terminal)({ kind: 'bytes', step: 'Java', doneBytes: 1, totalBytes: 2 });

    expect(terminal.written.join('')).toMatch(/^\r.*Java \[/);
  });

  it('writes lines and no bars elsewhere', () => {
    const file = screen(false);
    const report = progressTo(file);
    report({ kind: 'begin', step: 'Java' });
    report({ kind: 'bytes', step: 'Java', doneBytes: 1, totalBytes: 2 });
    report({ kind: 'done', step: 'Java', elapsedMs: 1234 });

    expect(file.written).toEqual(['Java …\n', 'Java: 1.2 s\n']);
  });
});
