import { doctorLines } from '../commands/doctor.ts';
import { paintWith } from '../terminal/paint.ts';
import { diagnose, type Finding } from './diagnosis.ts';
import type { Machine } from './machine.ts';

const gb = 2 ** 30;
const machine: Machine = {
  platform: 'linux x64',
  java: { path: '/usr/bin/java', version: '17.0.15' },
  wantedJava: 17,
  python: { path: '/usr/bin/python3', version: '3.11.7', hasPip: true },
  processors: 8,
  memoryBytes: 32 * gb,
  freeMemoryBytes: 16 * gb,
  workerScale: 0.27,
  zones: 1,
  cgroup: 'v2',
  bubblewrap: { path: '/usr/bin/bwrap', version: '0.8.0' },
  criu: { path: '/usr/sbin/criu', version: '4.1.1' },
  disks: [{ folder: '/home/ada/.firesteel', freeBytes: 100e9 }],
  port: { number: 4580, holder: 'nobody' },
};

const about = (subject: string, changes: Partial<Machine>): Finding | undefined =>
  diagnose({ ...machine, ...changes }).find((finding) => finding.subject === subject);

const program = (version: string) => ({ path: '/usr/bin/x', version });
const pythonOf = (version: string, hasPip: boolean) => ({ ...program(version), hasPip });

describe('a diagnosis', () => {
  it('finds nothing bad on a good machine, and claims no isolation that there is not', () => {
    const findings = diagnose(machine);
    expect(findings.filter(({ level }) => level === 'bad')).toEqual([]);
    for (const subject of ['cgroups', 'bubblewrap', 'criu']) {
      expect(about(subject, {})?.text).toMatch(/not built in/);
    }
  });
  it.each<[string, Partial<Machine>, Finding['level'], RegExp]>([
    ['system', { platform: 'darwin arm64' }, 'bad', /darwin arm64.*virtual machine/],
    ['Java', { java: null }, 'good', /none.*set-up fetches Java 17/],
    ['Java', { java: program('21.0.1') }, 'good', /21.0.1.*not used.*fetches Java 17/],
    ['Python', { python: null }, 'bad', /none on PATH: install/],
    ['Python', { python: pythonOf('3.9.2', true) }, 'bad', /too old/],
    ['Python', { python: pythonOf('3.11.2', false) }, 'bad', /python3-pip/],
    ['Python', { python: pythonOf('3.13.0', true) }, 'note', /newer/],
    ['processors', { processors: 1 }, 'note', /^1:/],
    ['memory', { memoryBytes: 2 * gb }, 'bad', /4 GB are the least/],
    ['memory', { workerScale: 0.01 }, 'good', /heap of 512 MB/],
    ['memory', { zones: 3 }, 'good', /WORKER_SCALE 0.27 for 3 zones: .* heap of 3871 MB/],
    [
      'disk',
      { disks: [{ folder: '/x', freeBytes: 1e9 }] },
      'bad',
      /1.0 GB free for \/x.*FIRESTEEL_HOME/,
    ],
    ['port', { port: { number: 4580, holder: 'firesteel' } }, 'good', /ours/],
    ['port', { port: { number: 4580, holder: 'another' } }, 'bad', /FIRESTEEL_PORT/],
    ['cgroups', { cgroup: 'none' }, 'note', /none are mounted/],
    ['bubblewrap', { bubblewrap: null }, 'note', /not installed/],
    ['criu', { criu: null }, 'note', /not installed; starts from snapshots are not built in/],
    ['criu', { criu: program('3.17.1') }, 'note', /3.17.1.*older than 4/],
  ])('%s of %j', (subject, changes, level, text) => {
    expect(about(subject, changes)).toEqual({ level, subject, text: expect.stringMatching(text) });
  });
});

describe('doctorLines', () => {
  it('marks and aligns', () => {
    const lines = doctorLines(
      [
        { level: 'good', subject: 'Java', text: '17' },
        { level: 'note', subject: 'criu', text: 'none' },
        { level: 'bad', subject: 'system', text: 'other' },
      ],
      paintWith(false),
    );
    expect(lines).toEqual(['✓ Java    17', '· criu    none', '✗ system  other']);
  });
});
