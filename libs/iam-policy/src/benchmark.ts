/** How many decisions a second one core takes: ten identity-based policies, a boundary, a session policy. */
import { type CompiledPolicy, compilePolicy } from './compile.ts';
import { evaluate, type Policies } from './evaluate.ts';
import type { AccessRequest } from './request.ts';

/** A data engineer's policy, with what makes policies slow: tags, ranges of addresses, variables, NotAction. */
const dataEngineer = (team: number): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'OwnApplications',
        Effect: 'Allow',
        Action: ['emr-serverless:StartJobRun', 'emr-serverless:Get*', 'emr-serverless:List*'],
        Resource: 'arn:aws:emr-serverless:*:123456789012:/applications/*',
        Condition: {
          StringEquals: { 'aws:ResourceTag/team': `\${aws:PrincipalTag/team}` },
          IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '192.168.0.0/16'] },
        },
      },
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: 'arn:aws:iam::123456789012:role/EMR*',
        Condition: { StringLike: { 'iam:PassedToService': 'emr-serverless.amazonaws.com' } },
      },
      {
        Effect: 'Allow',
        Action: ['s3:Get*', 's3:List*'],
        Resource: [
          `arn:aws:s3:::team-${team}`,
          `arn:aws:s3:::team-${team}/\${aws:PrincipalTag/team}/*`,
        ],
      },
      {
        Effect: 'Deny',
        NotAction: ['emr-serverless:*', 's3:*', 'iam:PassRole'],
        Resource: '*',
      },
    ],
  });

const limits = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: ['emr-serverless:*', 's3:*', 'iam:PassRole'], Resource: '*' },
    { Effect: 'Deny', Action: 's3:DeleteBucket', Resource: '*' },
  ],
});

const session = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: ['emr-serverless:*', 's3:GetObject'], Resource: '*' },
});

/** The documents as JSON texts, for whoever wants to compare. */
export const benchmarkDocuments = {
  identity: Array.from({ length: 10 }, (_, team) => dataEngineer(team)),
  boundary: limits,
  session,
} as const;

const policies = (): Policies => ({
  identity: benchmarkDocuments.identity.map(
    (document, team): CompiledPolicy => compilePolicy(document, 'managed', `team-${team}`),
  ),
  resource: [],
  boundary: compilePolicy(limits, 'managed', 'limits'),
  session: [compilePolicy(session, 'session', 'executionIamPolicy')],
});

const request = (action: string, resource: string): AccessRequest => ({
  principal: {
    kind: 'role-session',
    arn: 'arn:aws:sts::123456789012:assumed-role/DataEngineer/alice',
    accountId: '123456789012',
    userId: 'AROAEXAMPLE:alice',
    tags: { team: 'data', department: 'analytics' },
    sessionIssuerArn: 'arn:aws:iam::123456789012:role/DataEngineer',
  },
  action,
  resource,
  resourceAccountId: '123456789012',
  context: {
    'aws:SourceIp': '10.1.2.3',
    'aws:ResourceTag/team': 'data',
    'aws:SecureTransport': 'true',
    'aws:CurrentTime': '2026-11-26T10:00:00Z',
    'aws:RequestedRegion': 'us-east-1',
    'aws:UserAgent': 'aws-cli/2',
  },
});

const application = 'arn:aws:emr-serverless:us-east-1:123456789012:/applications/00f1abcdef2ghi09';

/** A run that may start, an object of the last policy, one of nobody's, and what is denied. */
export const benchmarkRequests: readonly AccessRequest[] = [
  request('emr-serverless:StartJobRun', application),
  request('s3:GetObject', 'arn:aws:s3:::team-9/data/part-00000.parquet'),
  request('s3:GetObject', 'arn:aws:s3:::elsewhere/data/part-00000.parquet'),
  request('ec2:RunInstances', '*'),
];

export type Benchmark = {
  readonly evaluationsPerSecond: number;
  /** The same by the time that this process ran, garbage collection included: what it would be on a core of its own. */
  readonly evaluationsPerCpuSecond: number;
  readonly evaluations: number;
  readonly seconds: number;
  /** How many policies each evaluation looked at. */
  readonly policies: number;
};

type Run = { readonly evaluations: number; readonly ms: number; readonly cpuMs: number };

function run(compiled: Policies, limitMs: number): Run {
  const start = performance.now();
  const cpu = process.cpuUsage();
  let evaluations = 0;
  while (performance.now() - start < limitMs)
    for (let round = 0; round < 100; round += 1)
      for (const one of benchmarkRequests) {
        evaluate(one, compiled);
        evaluations += 1;
      }
  const { user, system } = process.cpuUsage(cpu);
  return { evaluations, ms: performance.now() - start, cpuMs: (user + system) / 1_000 };
}

/** Decides for so many seconds, after a third as many to warm up. */
export function benchmark(seconds: number): Benchmark {
  const compiled = policies();
  run(compiled, (seconds * 1_000) / 3);
  const { evaluations, ms, cpuMs } = run(compiled, seconds * 1_000);
  return {
    evaluationsPerSecond: Math.round((evaluations / ms) * 1_000),
    evaluationsPerCpuSecond: Math.round((evaluations / cpuMs) * 1_000),
    evaluations,
    seconds: ms / 1_000,
    policies: compiled.identity.length + 2,
  };
}
