// Asks a running JVM about itself, as jcmd does: HotSpot's attach protocol over a socket in /tmp.
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 30_000;

const attachSocket = async (pid: number): Promise<string> => {
  const socket = `/tmp/.java_pid${pid}`;
  if (existsSync(socket)) return socket;
  const request = `/tmp/.attach_pid${pid}`;
  await writeFile(request, '');
  process.kill(pid, 'SIGQUIT');
  const until = Date.now() + PATIENCE_MS;
  while (!existsSync(socket)) {
    if (Date.now() > until) throw new Error(`The JVM ${pid} does not let anyone attach`);
    await sleep(20);
  }
  await rm(request, { force: true });
  return socket;
};

const ask = async (pid: number, command: string, argument = ''): Promise<string> => {
  const connection = connect(await attachSocket(pid));
  connection.write(['1', command, argument, '', '', ''].join('\0'));
  const answer = await text(connection);
  if (!answer.startsWith('0\n')) throw new Error(`The JVM ${pid} refuses ${command}: ${answer}`);
  return answer.slice(2);
};

/** How many objects of each class are reachable in a JVM, by class name; collects its garbage first. */
export const liveObjects = async (pid: number): Promise<ReadonlyMap<string, number>> => {
  const lines = (await ask(pid, 'inspectheap', '-live')).split('\n');
  const entries = lines.flatMap((line): [string, number][] => {
    const [, count, name] = /^\s*\d+:\s+(\d+)\s+\d+\s+(\S+)/.exec(line) ?? [];
    return name === undefined ? [] : [[name, Number(count)]];
  });
  return new Map(entries);
};

/** Names of a JVM's system properties. */
export const propertyNames = async (pid: number): Promise<string[]> =>
  (await ask(pid, 'properties'))
    .split('\n')
    .filter((line) => /^[^#=]+=/.test(line))
    .map((line) => line.slice(0, line.indexOf('=')));

/** Names of a JVM's threads. */
export const threadNames = async (pid: number): Promise<string[]> =>
  [...(await ask(pid, 'threaddump')).matchAll(/^"([^"]*)"/gm)].map(([, name]) => name ?? '');
