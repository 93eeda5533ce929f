// A script handed over to the Python that waits must not be able to tell. Needs python3 on the path only.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { driverPythonProgram } from './launch-command.ts';
import { findProgram } from './test/find-program.ts';

const startWaiting = fileURLToPath(new URL('./python/start_waiting.py', import.meta.url));
const python = findProgram('python3');

let root: string;
let folder: string;
let work: string;
let waiting: ChildProcess | null;

beforeEach(() => {
  // Longer than a socket's path may be.
  root = mkdtempSync(join(tmpdir(), 'driver-python-'));
  folder = join(root, 'a-folder-with-a-long-name-'.repeat(5));
  work = join(root, 'work');
  mkdirSync(folder);
  mkdirSync(work);
  waiting = null;
});
afterEach(() => {
  waiting?.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

const base = (): { [name: string]: string } => ({
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C.UTF-8',
  FIRESTEEL_WORKER_DIR: folder,
  PYTHONPATH: join(root, 'pyspark'),
  PYTHONUNBUFFERED: 'YES',
  PYSPARK_PYTHON: python,
});

/** Starts the Python that waits; its standard input is the JVM's hold on it. */
const startOne = async (): Promise<ChildProcess> => {
  const child = spawn(python, [startWaiting], { env: base(), stdio: ['pipe', 'ignore', 'ignore'] });
  waiting = child;
  while (!existsSync(join(folder, 'python'))) {
    if (child.exitCode !== null) throw new Error('it does not wait');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return child;
};

type Run = { code: number | null; signal: string | null; stdout: string; stderr: string };

const runProgram = async (
  program: string,
  words: readonly string[],
  environment: { [name: string]: string } = {},
  act: (child: ChildProcess) => void = () => undefined,
): Promise<Run> => {
  const child = spawn(program, words, {
    cwd: work,
    env: { ...base(), PYSPARK_DRIVER_PYTHON: driverPythonProgram, ...environment },
  });
  child.stdin.end('typed\n');
  act(child);
  const outputs = Promise.all([buffer(child.stdout), buffer(child.stderr)]);
  const end = new Promise<[number | null, string | null]>((resolve) =>
    child.once('exit', (...how) => resolve(how)),
  );
  const [stdout, stderr] = await outputs;
  const [code, signal] = await end;
  return { code, signal, stdout: stdout.toString(), stderr: stderr.toString() };
};

const scriptOf = (lines: readonly string[], name = 'job.py'): string => {
  writeFileSync(join(work, name), `${lines.join('\n')}\n`);
  return name;
};

/** How a plain Python and one that waited end with the same script; a job's environment is without our variable. */
const both = async (
  script: readonly string[],
  environment: { [name: string]: string } = {},
): Promise<{ plain: Run; handed: Run }> => {
  const words = [scriptOf(script), 'one', 'zwei ü', ''];
  const plain = await runProgram(python, words, environment);
  await startOne();
  const handed = await runProgram(driverPythonProgram, words, environment);
  return { plain, handed };
};

/** True when the script ran in the process that waited, and not in one of its own. */
const proof = 'print("waited", "waiting_python" in sys.modules)';

it.each<[string, readonly string[]]>([
  ['its arguments', ['import sys', 'print(sys.argv, sys.orig_argv[1:], sys.executable)']],
  ['its name and file', ['print(__name__, __file__, __spec__, __package__, __doc__)']],
  ['its globals', ['print(sorted(globals()), __builtins__, __annotations__)']],
  ['its path', ['import sys', 'print(sys.path)']],
  ['its folder', ['import os', 'print(os.getcwd())']],
  ['what it writes as an error', ['import sys', 'print("o"); print("e", file=sys.stderr)']],
  ['what it reads', ['import sys', 'print(repr(sys.stdin.readline()), repr(sys.stdin.read()))']],
  ['an encoding', ['# -*- coding: latin-1 -*-', 'print(len("x"))']],
  ['its end by a number', ['import sys', 'sys.exit(3)']],
  ['its end by a message', ['import sys', 'sys.exit("no such table")']],
  ['its end without ado', ['import os', 'os._exit(9)']],
  ['an exception', ['def f():', '  raise ValueError("bad")', 'f()']],
  [
    'an exception with a cause',
    ['try:', '  1 / 0', 'except Exception as e:', '  raise ValueError from e'],
  ],
  ['a syntax error', ['def (']],
  ['a hook of its own', ['import sys', 'sys.excepthook = lambda *e: print("hook", e[0])', '1 / 0']],
  ['what it does at its end', ['import atexit', 'atexit.register(print, "bye")', '1 / 0']],
  [
    'a thread that outlives its last line',
    [
      'import threading, time',
      't = lambda: (time.sleep(0.1), print("late"))',
      'threading.Thread(target=t).start()',
    ],
  ],
  [
    'classes that are pickled by name',
    ['import pickle', 'class A: x = 1', 'print(pickle.loads(pickle.dumps(A())).x, A.__module__)'],
  ],
  [
    'a child',
    [
      'import subprocess, sys',
      'print(subprocess.check_output([sys.executable, "-c", "print(1)"]))',
    ],
  ],
])('a script cannot tell by %s', async (_what, script) => {
  const { plain, handed } = await both(script);
  expect(handed).toEqual(plain);
});

it('runs in the process that waited', async () => {
  const { plain, handed } = await both(['import sys', proof]);
  expect(plain.stdout).toBe('waited False\n');
  expect(handed.stdout).toBe('waited True\n');
});

it('has its job’s environment, and nothing of how it was started', async () => {
  const shown = 'print(sorted(k for k in os.environ if k != "_"), os.environ["TZ"], time.tzname)';
  const { plain, handed } = await both(['import os, time', shown], {
    TZ: 'Asia/Tokyo',
    MINE: 'yes',
  });
  expect(handed.stdout).toBe(plain.stdout.replace("'PYSPARK_DRIVER_PYTHON', ", ''));
  expect(handed.stdout).toContain("'MINE'");
});

it.each([15, 9])('ends as a shell says it when signal %i kills the script', async (signal) => {
  await startOne();
  const script = scriptOf(['import os', `os.kill(os.getpid(), ${signal})`]);
  expect(await runProgram(driverPythonProgram, [script])).toMatchObject({ code: 128 + signal });
});

it('passes a signal on to the script', async () => {
  await startOne();
  const script = scriptOf([
    'import signal, sys, time',
    'signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))',
    'print("up", flush=True)',
    'time.sleep(60)',
  ]);
  const ended = await runProgram(driverPythonProgram, [script], {}, (child) => {
    child.stdout?.once('data', () => child.kill('SIGTERM'));
  });
  expect(ended).toMatchObject({ code: 7 });
});

it.each<[string, { [name: string]: string }, () => void]>([
  ['a seed of its own', { PYTHONHASHSEED: '1' }, () => undefined],
  ['a language of its own', { LC_ALL: 'C' }, () => undefined],
  [
    'another module of a name that is imported already',
    {},
    () => writeFileSync(join(work, 'zipfile.py'), 'here = True\n'),
  ],
  ['another path before Spark’s', { PYTHONPATH: '/elsewhere' }, () => undefined],
])('a script with %s gets an interpreter of its own', async (_what, environment, prepare) => {
  prepare();
  await startOne();
  const script = scriptOf(['import sys', proof]);
  const ended = await runProgram(driverPythonProgram, [script], environment);
  expect(ended).toMatchObject({ code: 0, stdout: 'waited False\n' });
});

it('finds modules beside the script and on the job’s own path', async () => {
  const own = join(root, 'own');
  mkdirSync(own);
  writeFileSync(join(own, 'from_the_path.py'), 'x = 1\n');
  writeFileSync(join(work, 'beside.py'), 'y = 2\n');
  const script = [
    'import sys',
    'import beside, from_the_path',
    'print(beside.y + from_the_path.x)',
  ];
  const { handed } = await both([...script, proof], {
    PYTHONPATH: `${own}:${join(root, 'pyspark')}`,
  });
  expect(handed).toMatchObject({ code: 0, stdout: '3\nwaited True\n' });
});

it('starts an interpreter where none waits', async () => {
  const script = scriptOf(['import sys', proof]);
  const ended = await runProgram(driverPythonProgram, [script]);
  expect(ended).toMatchObject({ code: 0, stdout: 'waited False\n', stderr: '' });
});

it('ends when nobody holds its standard input any more', async () => {
  const child = await startOne();
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.stdin?.end();
  expect(await gone).toBe(0);
});
