/** From what a machine has to what that means for Firesteel, and what mends it. Pure. */
import { bytesText } from '../terminal/units.ts';
import type { Machine } from './machine.ts';

/** `bad` keeps Firesteel from running; `note` is worth knowing. */
export type Finding = {
  readonly level: 'good' | 'note' | 'bad';
  readonly subject: string;
  readonly text: string;
};

const finding =
  (level: Finding['level']) =>
  (subject: string, text: string): Finding => ({ level, subject, text });
const good = finding('good');
const note = finding('note');
const bad = finding('bad');

const gb = 2 ** 30;
/** Our own processes and one small job. */
const leastMemoryBytes = 4 * gb;
/** Set-up's cache, and data of a few jobs. */
const leastDiskBytes = 5e9;
/** The heap of AWS' default worker, in MB, and what a JVM of ours never has less than. */
const defaultHeapMb = 14_336;
const leastHeapMb = 512;

const system = ({ platform }: Machine): Finding =>
  platform === 'linux x64'
    ? good('system', 'Linux on x86-64')
    : bad('system', `${platform}: use Linux on x86-64, a virtual machine, WSL 2 or a container`);

function java({ java: found, wantedJava }: Machine): Finding {
  const fetched = `set-up fetches Java ${wantedJava} for itself`;
  if (found === null) return good('Java', `none on this machine: ${fetched}`);
  return found.version.startsWith(`${wantedJava}.`)
    ? good('Java', `${found.version} at ${found.path}`)
    : good('Java', `${found.version} at ${found.path} is not used: ${fetched}`);
}

function python({ python: found }: Machine): Finding {
  if (found === null) return bad('Python', 'none on PATH: install Python 3.10, 3.11 or 3.12');
  const { version, path, hasPip } = found;
  const minor = Number(version.split('.')[1]);
  if (minor < 10)
    return bad('Python', `${version} at ${path} is too old: put 3.10 to 3.12 first on PATH`);
  if (!hasPip) return bad('Python', `${version} at ${path} has no pip: install python3-pip`);
  return minor > 12
    ? note(
        'Python',
        `${version} at ${path} is newer than Spark 3.5 knows: jobs in Python may fail, 3.10 to 3.12 will do`,
      )
    : good('Python', `${version} at ${path}, with pip`);
}

const processors = ({ processors: count }: Machine): Finding =>
  count === 1
    ? note('processors', '1: jobs run, slowly; workers share it by weight')
    : good('processors', `${count}, which workers share by weight`);

function memory({ memoryBytes, freeMemoryBytes, workerScale, zones }: Machine): Finding {
  const heapMb = Math.max(leastHeapMb, Math.round(defaultHeapMb * workerScale));
  const text =
    `${bytesText(memoryBytes)}, ${bytesText(freeMemoryBytes)} of it free; WORKER_SCALE ${workerScale}` +
    `${zones === 1 ? '' : ` for ${zones} zones`}: AWS' default worker of 16 GB gets a heap of ${heapMb} MB`;
  return memoryBytes < leastMemoryBytes
    ? bad('memory', `${text}; 4 GB are the least`)
    : good('memory', text);
}

function cgroup({ cgroup: version }: Machine): Finding {
  const limit =
    'workers are kept to their heap by the JVM, not by a cgroup: that is not built in yet';
  return version === 'none'
    ? note('cgroups', `none are mounted; ${limit}`)
    : good('cgroups', `${version}; ${limit}`);
}

function bubblewrap({ bubblewrap: found }: Machine): Finding {
  const isolation = 'workers run as your own user, unseparated: sandboxes are not built in yet';
  return found === null
    ? note('bubblewrap', `not installed; ${isolation}`)
    : good('bubblewrap', `${found.version} at ${found.path}; ${isolation}`);
}

function criu({ criu: found }: Machine): Finding {
  const starts =
    'starts from snapshots are not built in; initialCapacity is what makes starts warm';
  if (found === null) return note('criu', `not installed; ${starts}`);
  const old = Number(found.version.split('.')[0]) < 4 ? ', older than 4' : '';
  return note('criu', `${found.version} at ${found.path}${old}; ${starts}`);
}

const disk = ({ folder, freeBytes }: Machine['disks'][number]): Finding =>
  freeBytes < leastDiskBytes
    ? bad(
        'disk',
        `${bytesText(freeBytes)} free for ${folder}, 5 GB are the least: free some, or set FIRESTEEL_HOME and FIRESTEEL_CACHE`,
      )
    : good('disk', `${bytesText(freeBytes)} free for ${folder}`);

function port({ port: { number, holder } }: Machine): Finding {
  if (holder === 'firesteel') return good('port', `${number} is ours: Firesteel runs`);
  return holder === 'nobody'
    ? good('port', `${number} is free`)
    : bad(
        'port',
        `${number} is taken by another program: end it, or choose another with FIRESTEEL_PORT`,
      );
}

/** One finding per subject, in the order of reading. */
export const diagnose = (machine: Machine): Finding[] => [
  system(machine),
  java(machine),
  python(machine),
  processors(machine),
  memory(machine),
  ...machine.disks.map(disk),
  port(machine),
  cgroup(machine),
  bubblewrap(machine),
  criu(machine),
];
