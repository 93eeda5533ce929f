import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { waitUntil } from './pause.ts';
import { standingBack, weighSession } from './precedence.ts';

/** Empty where the kernel has no autogroups, or none for this session. */
const autogroupOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/autogroup`, 'utf8');
  } catch {
    return '';
  }
};

describe('a process that stands back', () => {
  it('does so within its session, and its session among others where the kernel knows of that', async () => {
    const [program = '', ...args] = standingBack(5, ['sleep', '60']);
    const child = spawn(program, args, { detached: true, stdio: 'ignore' });
    try {
      const pid = child.pid ?? 0;
      await weighSession(pid, 5);
      // `nice` is `sleep` by now, or will be with the niceness that it has set.
      const isSleep = (): boolean => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n';
      expect(await waitUntil(isSleep, 10_000)).toBe(true);
      expect(getPriority(pid)).toBe(Math.min(19, getPriority() + 5));
      expect(autogroupOf(pid)).toMatch(/^$|nice 5$/m);
    } finally {
      child.kill('SIGKILL');
    }
  });
  it('is started as it is when it does not', () => {
    expect(standingBack(0, ['postgres', '-D', '/data'])).toEqual(['postgres', '-D', '/data']);
  });
  it('may be gone when its session is weighed', async () => {
    await expect(weighSession(2 ** 22 + 1, 5)).resolves.toBeUndefined();
  });
});
