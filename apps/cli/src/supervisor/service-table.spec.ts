import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  databaseRoles,
  planServices,
  portNames,
  type ServiceSurroundings,
  serviceEnvironment,
  services,
  stopOrder,
} from './service-table.ts';

const zones = ['zone-a', 'zone-b'];
const dataDir = mkdtempSync(join(tmpdir(), 'firesteel-table-'));
afterAll(() => rmSync(dataDir, { recursive: true }));

const around: ServiceSurroundings = {
  repoDir: '/repo',
  dataDir,
  secretsDir: '/secrets',
  installationFile: '/cache/installation.json',
  accountId: '123456789012',
  region: 'us-east-1',
  kafkaBrokers: '127.0.0.1:9',
  databaseUrl: (role) => `postgresql://${role}@x/y`,
  s3Endpoint: undefined,
  workerScale: 0.1,
  zones,
  zoneShare: { WORKER_VCPU: '16', WORKER_MEMORY_MB: '50000' },
  serviceSettings: { ZONE_SILENCE_MS: '3000' },
  ports: Object.fromEntries(
    ['gateway', ...portNames(zones)].map((name, index) => [name, 100 + index]),
  ),
  inherited: { PATH: '/bin' },
};
const serviceNamed = (name: string) => {
  const found = services.find((service) => service.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};

describe('the service table', () => {
  it('gives a database to the six that own streams or views', () => {
    expect(databaseRoles).toEqual([
      'application_registry',
      'job_scheduler',
      'capacity',
      'iam_authorizer',
      'billing',
      'ledger',
    ]);
  });
  it('runs one worker-agent per zone, each with its own port, data and zone', () => {
    const agents = planServices(around).filter(({ name }) => name.startsWith('worker-agent'));
    expect(agents.map(({ name, env }) => [name, env['ZONE'], env['FIRESTEEL_DATA_DIR']])).toEqual(
      zones.map((zone) => [`worker-agent-${zone}`, zone, join(dataDir, `worker-agent-${zone}`)]),
    );
    expect(new Set(agents.map(({ port }) => port)).size).toBe(2);
    for (const { env } of agents) expect(env).toMatchObject(around.zoneShare);
  });
  it('tells capacity alone what the user has set for capacity', () => {
    const told = planServices(around).filter(({ env }) => 'ZONE_SILENCE_MS' in env);
    expect(told.map(({ name }) => name)).toEqual(['capacity']);
    expect(told[0]?.env).toHaveProperty('IAM_AUTHORIZER_URL');
    expect(told[0]?.env).not.toHaveProperty('WORKER_VCPU');
  });
  it('tells a service its own database and everybody’s address', () => {
    const env = serviceEnvironment(serviceNamed('billing'), 'billing', around);
    expect(env).toMatchObject({
      PATH: '/bin',
      DATABASE_URL: 'postgresql://billing@x/y',
      GATEWAY_URL: 'http://127.0.0.1:100',
      S3_ENDPOINT: 'http://127.0.0.1:100',
      KAFKA_BROKERS: '127.0.0.1:9',
      WORKER_SCALE: '0.1',
    });
    const gateway = serviceEnvironment(serviceNamed('gateway'), 'gateway', around);
    expect(gateway).not.toHaveProperty('DATABASE_URL');
    expect(gateway).not.toHaveProperty('ZONE');
  });
  it('puts what callers wait for before what follows from it', () => {
    const first = planServices(around).filter(({ niceness }) => niceness === 0);
    expect(first.map(({ name }) => name)).toEqual([
      'gateway',
      'application-registry',
      'job-scheduler',
      'iam-authorizer',
      'object-store',
    ]);
  });
  it('leaves our object store out when the user brings theirs', () => {
    const plans = planServices({ ...around, s3Endpoint: 'http://s3' });
    expect(plans.some(({ name }) => name === 'object-store')).toBe(false);
    expect(plans[0]?.env['S3_ENDPOINT']).toBe('http://s3');
  });
  it('stops everyone once: requests, workers, services, stores', () => {
    const order = stopOrder(zones);
    expect([order[0], order[1], order.at(-2), order.at(-1)]).toEqual([
      ['gateway'],
      ['worker-agent-zone-a', 'worker-agent-zone-b'],
      ['kafka'],
      ['postgres'],
    ]);
    const planned = planServices(around).map(({ name }) => name);
    expect([...planned, 'kafka', 'postgres'].sort()).toEqual(order.flat().sort());
  });
});
