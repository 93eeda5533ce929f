// Both commands that ask iam-authorizer, against one that listens for the operator only.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { verifyServiceToken } from '@firesteel/http/service-token';
import { readKey } from '@firesteel/service/environment';
import { readConfig } from '../config.ts';
import { createDirectories, layoutOf } from '../state/layout.ts';
import { writePorts } from '../state/ports.ts';
import { keepSecrets } from '../state/secrets.ts';
import { serveStatus } from '../supervisor/control.ts';
import { paintWith } from '../terminal/paint.ts';
import { type AccountOptions, accountCommand } from './account.ts';
import { auditCommand } from './audit.ts';
import type { CommandContext } from './context.ts';

const layout = layoutOf(mkdtempSync(join(tmpdir(), 'firesteel-account-')));
const said: string[] = [];
const asked: string[] = [];
const servers: Server[] = [];
const context: CommandContext = {
  config: { ...readConfig(layout.homeDir, {}), region: 'eu-west-1' },
  layout,
  repoDir: '/repo',
  paint: paintWith(false),
  say: (line) => said.push(line),
};
const none: AccountOptions = {
  name: undefined,
  accountId: undefined,
  profile: undefined,
  json: false,
};
const key = { accessKeyId: 'AKIAABCDEFGHIJKLMNOP', secretAccessKey: 'a+secret/of=forty' };
const made = { accountId: '222222222222', name: 'research', ...key };
const list = {
  accounts: [
    { accountId: '000000000000', name: null },
    { accountId: '222222222222', name: 'research' },
  ],
};
const denial = {
  at: '2026-01-03T09:00:00.000Z',
  accountId: '222222222222',
  principal: 'arn:aws:iam::222222222222:user/alice',
  service: 's3',
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::bucket/key',
  allowed: false,
  decidedBy: 'statement 1 of policy no-reading',
  sourceIp: '127.0.0.1',
  requestId: 'r1',
};
const answers: Readonly<Record<string, unknown>> = {
  'POST /v1/accounts': made,
  'GET /v1/accounts': list,
  'GET /v1/access': { decisions: [denial] },
};

async function startAuthorizer(): Promise<number> {
  const serviceKey = readKey(layout.secretsDir, 'service.key');
  const server = createServer(async (request, response) => {
    const caller = verifyServiceToken(serviceKey, request.headers.authorization);
    const [path] = (request.url ?? '').split('?');
    asked.push(`${caller} ${request.method} ${request.url} ${await text(request)}`.trim());
    const answer = answers[`${request.method} ${path}`];
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  createDirectories(layout);
  keepSecrets(layout, [], undefined);
  const supervisor = { pid: process.pid, startedAtMs: 0 };
  const status = {
    stage: 'ready',
    endpoint: 'http://127.0.0.1:4580',
    supervisor,
    processes: [],
  } as const;
  servers.push(await serveStatus(layout.controlSocket, () => status));
  writePorts(layout.portsFile, { 'iam-authorizer': await startAuthorizer() });
});
beforeEach(() => {
  said.length = 0;
  asked.length = 0;
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(layout.homeDir, { recursive: true });
});

it('makes an account and shows its key this once, ready to paste', async () => {
  const options = { ...none, name: 'research', accountId: '222222222222' };
  expect(await accountCommand(context, 'create', options)).toBe(0);
  expect(asked).toEqual([
    'operator POST /v1/accounts {"name":"research","accountId":"222222222222"}',
  ]);
  expect(said).toEqual([
    'The account 222222222222 is there. This is the key of its root user, shown this once.',
    '',
    'For ~/.aws/credentials:',
    '[account-222222222222]',
    'aws_access_key_id = AKIAABCDEFGHIJKLMNOP',
    'aws_secret_access_key = a+secret/of=forty',
    '',
    'For ~/.aws/config:',
    '[profile account-222222222222]',
    'region = eu-west-1',
    'endpoint_url = http://127.0.0.1:4580',
    'output = json',
  ]);
});

it('keeps the key as a profile, and shows it nowhere', async () => {
  await accountCommand(context, 'create', { ...none, profile: 'research' });
  await accountCommand(context, 'create', { ...none, profile: 'research', json: true });
  expect(said.join('\n')).not.toContain(key.secretAccessKey);
  expect(said.join('\n')).toContain('AWS_PROFILE=research');
  const credentials = join(layout.awsDir, 'credentials');
  expect(readFileSync(credentials, 'utf8')).toBe(
    `[research]\naws_access_key_id = ${key.accessKeyId}\naws_secret_access_key = ${key.secretAccessKey}\n`,
  );
  expect(statSync(credentials).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(layout.awsDir, 'config'), 'utf8')).toContain('[profile research]\n');
});

it('gives programs all of it', async () => {
  await accountCommand(context, 'create', { ...none, json: true });
  expect(JSON.parse(said.join('\n'))).toEqual(made);
});

it('lists accounts', async () => {
  await accountCommand(context, 'list', none);
  expect(said).toEqual(['ACCOUNT       NAME', '000000000000', '222222222222  research']);
  said.length = 0;
  await accountCommand(context, 'list', { ...none, json: true });
  expect(JSON.parse(said.join('\n'))).toEqual(list);
});

it.each<[Partial<AccountOptions>, string]>([
  [{ accountId: '12' }, 'An account id has twelve digits; 12 is none.'],
  [{ profile: 'firesteel' }, 'A profile is named with'],
])('makes none with %j', async (wrong, sentence) => {
  await expect(accountCommand(context, 'create', { ...none, ...wrong })).rejects.toThrow(sentence);
  expect(asked).toEqual([]);
});

it('shows decisions as a table, or a JSON document a line', async () => {
  const options = {
    principal: 'user/alice',
    action: 's3:*',
    since: '2026-01-03',
    until: undefined,
    accountId: undefined,
    limit: '5',
    allowed: false,
    denied: true,
    json: false,
  };
  expect(await auditCommand(context, options)).toBe(0);
  const query =
    'principal=*%3Auser%2Falice&action=s3%3A*&since=2026-01-03T00%3A00%3A00.000Z&limit=5&allowed=false';
  expect(asked).toEqual([`operator GET /v1/access?${query}`]);
  expect(said).toEqual([
    'AT                        DECISION  PRINCIPAL                             FROM       ACTION        RESOURCE                 DECIDED BY',
    '2026-01-03T09:00:00.000Z  denied    arn:aws:iam::222222222222:user/alice  127.0.0.1  s3:GetObject  arn:aws:s3:::bucket/key  statement 1 of policy no-reading',
  ]);
  said.length = 0;
  await auditCommand(context, { ...options, json: true });
  expect(said.map((line) => JSON.parse(line))).toEqual([denial]);
});
