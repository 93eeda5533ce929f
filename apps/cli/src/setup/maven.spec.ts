import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cache } from './cache.ts';
import { fetchJars, type LockedJar } from './maven.ts';

const CONTENT = 'the bytes of a jar';

const jar = (sha256 = createHash('sha256').update(CONTENT).digest('hex')): LockedJar => ({
  path: 'org/example/thing/1.0/thing-1.0.jar',
  bytes: CONTENT.length,
  sha256,
});

let cache: Cache;
let server: Server;
let repository = '';
let ranges: (string | undefined)[] = [];

beforeEach(async () => {
  cache = { dir: await mkdtemp(join(tmpdir(), 'firesteel-maven-')), report: () => undefined };
  await mkdir(join(cache.dir, 'partial'));
  ranges = [];
  server = createServer((request, response) => {
    const { range } = request.headers;
    ranges.push(range);
    const from = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
    const known = request.url === `/m2/${jar().path}`;
    response.writeHead(known ? (from > 0 ? 206 : 200) : 404).end(known ? CONTENT.slice(from) : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  repository = `http://127.0.0.1:${(server.address() as AddressInfo).port}/m2`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(cache.dir, { recursive: true, force: true });
});

describe('fetching jars', () => {
  it('brings them under their own names, and asks once only', async () => {
    await fetchJars(cache, repository, 'set', [jar()]);
    const folder = await fetchJars(cache, repository, 'set', [jar()]);

    expect(await readFile(join(folder, 'thing-1.0.jar'), 'utf8')).toBe(CONTENT);
    expect(ranges).toHaveLength(1);
  });

  it('goes on where an interrupted download stopped', async () => {
    await writeFile(join(cache.dir, 'partial', 'thing-1.0.jar.half'), CONTENT.slice(0, 5));
    const folder = await fetchJars(cache, repository, 'set', [jar()]);

    expect(ranges).toEqual(['bytes=5-']);
    expect(await readFile(join(folder, 'thing-1.0.jar'), 'utf8')).toBe(CONTENT);
  });

  it('refuses a jar whose digest is not the recorded one', async () => {
    const fetching = fetchJars(cache, repository, 'set', [jar('0'.repeat(64))]);

    await expect(fetching).rejects.toThrow(/thing-1\.0\.jar is not the file that was recorded/);
  });

  it('has ended all its downloads when it fails', async () => {
    const others = Array.from({ length: 20 }, (_, at) => ({
      ...jar(),
      path: `org/example/other-${at}.jar`,
    }));
    const fetching = fetchJars(cache, repository, 'set', [jar('0'.repeat(64)), ...others]);

    await expect(fetching).rejects.toThrow();
    const asked = ranges.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(ranges).toHaveLength(asked);
  });

  it('says what to do when a jar cannot be had', async () => {
    const fetching = fetchJars(cache, `${repository}/nowhere`, 'set', [jar()]);

    await expect(fetching).rejects.toThrow(/answered 404.*FIRESTEEL_MAVEN_MIRROR/s);
  });
});
