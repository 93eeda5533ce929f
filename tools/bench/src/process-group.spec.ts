import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import {
  endProcessGroup,
  lastLines,
  type ProcessGroup,
  startProcessGroup,
  waitForLine,
} from './process-group.ts';

const shell = (script: string): ProcessGroup =>
  startProcessGroup('/bin/sh', ['-c', script], { PATH: '/usr/bin:/bin' }, tmpdir());
const never = new AbortController().signal;

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a process group', () => {
  it('gives output and exit code', async () => {
    const group = shell('echo out; echo err >&2; exit 3');
    await expect(group.ended).resolves.toBe(3);
    expect([group.stdout(), group.stderr(), group.isRunning()]).toEqual(['out\n', 'err\n', false]);
  });

  it('ends with its children', async () => {
    const group = shell('sleep 60 & echo "child $!" >&2; wait');
    const [, child = ''] = await waitForLine(group, /child (\d+)/, never);
    await endProcessGroup(group);
    await expect(group.ended).resolves.toBe('SIGTERM');
    for (let look = 0; look < 40 && isAlive(Number(child)); look += 1) await pause(25);
    expect(isAlive(Number(child))).toBe(false);
  });

  it('tells why it did not get ready', async () => {
    const group = shell('echo no port >&2; exit 1');
    await group.ended;
    await expect(waitForLine(group, /ready/, never)).rejects.toThrow(/no port/);
  });
});

describe('lastLines', () => {
  it('keeps the end', () => {
    expect(lastLines('a\nb\nc\n', 2)).toBe('b\nc');
  });
});
