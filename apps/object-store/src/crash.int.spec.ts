import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('test/store-process.ts', import.meta.url));

type Running = { readonly endpoint: string; readonly child: ChildProcess };

const start = async (dataDir: string): Promise<Running> => {
  const child = spawn(process.execPath, [program, dataDir], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr?.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  const port = await Promise.race([
    once(child.stdout ?? child, 'data').then(([line]) => Number(String(line).trim())),
    once(child, 'exit').then(() => Promise.reject(new Error(errors))),
  ]);
  return { endpoint: `http://127.0.0.1:${port}/crash-bucket`, child };
};

const kill = async ({ child }: Running): Promise<void> => {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
};

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** Writes, overwrites and deletes until the store is gone; `expected` holds what was acknowledged last. */
const writeUntilKilled = async (
  endpoint: string,
  writer: number,
  expected: Map<string, string | undefined>,
  uncertain: Set<string>,
): Promise<void> => {
  for (let at = 0; ; at += 1) {
    const key = `w${writer}/${at % 40}`;
    const body = randomBytes(at % 5 === 0 ? 300_000 : 200);
    const removes = at % 7 === 6;
    try {
      const init = removes ? { method: 'DELETE' } : { method: 'PUT', body };
      const { status } = await fetch(`${endpoint}/${key}`, init);
      if (status === 200 || status === 204) expected.set(key, removes ? undefined : md5(body));
    } catch {
      uncertain.add(key);
      return;
    }
  }
};

const listAll = async (endpoint: string): Promise<Map<string, string>> => {
  const text = await (await fetch(`${endpoint}?list-type=2&max-keys=1000`)).text();
  const found = text.matchAll(/<Key>([^<]*)<\/Key>.*?<ETag>&quot;([^&]*)&quot;<\/ETag>/g);
  return new Map([...found].map(([, key = '', etag = '']) => [key, etag]));
};

const countFiles = async (dataDir: string): Promise<number> => {
  const root = join(dataDir, 'buckets', 'crash-bucket', 'content');
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  return files.filter((each) => each.isFile()).length;
};

describe('a store that is killed', () => {
  let dataDir = '';
  let running: Running | undefined;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'object-store-crash-'));
  });

  afterEach(async () => {
    if (running !== undefined) await kill(running);
    await rm(dataDir, { recursive: true, force: true });
  });

  it('has every acknowledged object, intact and listed, and no left-overs', async () => {
    const expected = new Map<string, string | undefined>();
    running = await start(dataDir);
    await fetch(running.endpoint, { method: 'PUT' });
    for (let round = 0; round < 3; round += 1) {
      const uncertain = new Set<string>();
      const { endpoint } = running;
      const writers = [0, 1, 2, 3].map((writer) =>
        writeUntilKilled(endpoint, writer, expected, uncertain),
      );
      await new Promise((resolve) => setTimeout(resolve, 400 + 150 * round));
      await kill(running);
      await Promise.all(writers);
      running = await start(dataDir);
      const listed = await listAll(running.endpoint);
      for (const key of uncertain) {
        const etag = listed.get(key);
        expected.set(key, etag);
      }
      const present = [...expected].filter(([, etag]) => etag !== undefined).sort();
      expect([...listed].sort()).toEqual(present);
      for (const [key, etag] of listed) {
        const response = await fetch(`${running.endpoint}/${key}`);
        expect(md5(new Uint8Array(await response.arrayBuffer()))).toBe(etag);
      }
      expect(await countFiles(dataDir)).toBe(listed.size);
    }
    expect(expected.size).toBeGreaterThan(20);
  });

  it('keeps parts of unfinished uploads', async () => {
    running = await start(dataDir);
    await fetch(running.endpoint, { method: 'PUT' });
    const begun = await fetch(`${running.endpoint}/multi?uploads`, { method: 'POST' });
    const id = /<UploadId>(.*)<\/UploadId>/.exec(await begun.text())?.[1] ?? '';
    const body = randomBytes(1000);
    const path = `/multi?uploadId=${id}`;
    await fetch(`${running.endpoint}${path}&partNumber=1`, { method: 'PUT', body });
    await kill(running);
    running = await start(dataDir);
    const completion = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${md5(body)}</ETag></Part></CompleteMultipartUpload>`;
    const send = async (): Promise<number> =>
      (await fetch(`${running?.endpoint}${path}`, { method: 'POST', body: completion })).status;
    expect(await send()).toBe(200);
    await kill(running);
    running = await start(dataDir);
    expect(await send()).toBe(200);
    const found = await (await fetch(`${running.endpoint}/multi`)).arrayBuffer();
    expect(md5(new Uint8Array(found))).toBe(md5(body));
  });

  it('does not share its directory with a second one', async () => {
    running = await start(dataDir);
    await expect(start(dataDir)).rejects.toThrow('in use by another object store');
  });
});
