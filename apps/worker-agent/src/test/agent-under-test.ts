/** An agent with a folder of its own, a fake JVM, a fake capacity and a fake cloud. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkerAgentConfig } from '../config.ts';
import { processesOfWorker, signal } from '../process-table.ts';
import { startWorkerAgent, type WorkerAgent } from '../worker-agent.ts';
import { type FakeCapacity, startFakeCapacity } from './fake-capacity.ts';
import { type FakeCloud, startFakeCloud } from './fake-cloud.ts';

const fakeJava = fileURLToPath(new URL('./fake-java.sh', import.meta.url));
const agentProgram = fileURLToPath(new URL('./agent-process.ts', import.meta.url));

export const fakeRuntime = {
  label: 'emr-7.13.0',
  sparkVersion: '3.5.6',
  sparkHome: '/opt/spark',
  pythonPath: ['/opt/spark/python'],
  classPath: ['/opt/plugin.jar', '/opt/spark/jars/a.jar'],
  jvmOptions: ['--add-opens=java.base/java.lang=ALL-UNNAMED'],
  driverArchive: '/opt/driver.jsa',
  conf: { 'spark.sql.adaptive.enabled': 'true' },
};

export const fakeInstallation = {
  javaHome: '/opt/java',
  javaBin: fakeJava,
  python: '/usr/bin/python3',
  runtimes: { 'emr-7.13.0': fakeRuntime },
};

const quiet = (): void => undefined;

export type Bed = {
  readonly config: WorkerAgentConfig;
  readonly capacity: FakeCapacity;
  readonly cloud: FakeCloud;
  readonly folderOf: (workerId: string) => string;
  /** What agents within the test have logged as errors. */
  readonly errors: object[];
  readonly start: () => Promise<WorkerAgent>;
  /** An agent as a process, which a test may kill. */
  readonly startProcess: () => ChildProcess;
  /** Ends everything that was started, and removes the folder. */
  readonly clear: () => Promise<void>;
};

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
};

export const makeBed = async (installationFile?: string, workerScale = 0.1): Promise<Bed> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'worker-agent-'));
  const fakeFile = join(dataDir, 'installation.json');
  writeFileSync(fakeFile, JSON.stringify(fakeInstallation));
  const capacity = await startFakeCapacity();
  const cloud = await startFakeCloud();
  const config: WorkerAgentConfig = {
    port: await freePort(),
    capacityUrl: capacity.url,
    iamAuthorizerUrl: cloud.url,
    s3Endpoint: cloud.url,
    awsEndpoint: null,
    region: 'us-east-1',
    zone: 'zone-a',
    workerScale,
    capacity: { vcpu: 20, memoryMb: 100_000 },
    dataDir,
    installationFile: installationFile ?? fakeFile,
    secretsDir: dataDir,
    searchPath: '/usr/local/bin:/usr/bin:/bin',
    logLevel: 'info',
    otlpEndpoint: undefined,
  };
  const errors: object[] = [];
  const agents: WorkerAgent[] = [];
  const children: ChildProcess[] = [];
  const folders = new Set<string>();
  const folderOf = (workerId: string): string => {
    const folder = join(dataDir, 'workers', workerId);
    folders.add(folder);
    return folder;
  };
  return {
    config,
    capacity,
    cloud,
    folderOf,
    errors,
    start: async () => {
      const agent = await startWorkerAgent(config, {
        serviceAuthorization: () => 'Bearer test',
        log: {
          info: quiet,
          warn: quiet,
          error: (details, text) => errors.push({ ...details, text }),
        },
      });
      agents.push(agent);
      return agent;
    },
    startProcess: () => {
      const child = spawn(process.execPath, [agentProgram, JSON.stringify(config)], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      children.push(child);
      return child;
    },
    clear: async () => {
      for (const agent of agents) await agent.stop();
      for (const child of children) child.kill('SIGKILL');
      for (const folder of folders) {
        for (const pid of processesOfWorker(folder, null)) signal(pid, 'SIGKILL');
      }
      await capacity.close();
      await cloud.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
