/** 16: credentials of a job, 400 days later. */
import { randomUUID } from 'node:crypto';
import { ListApplicationsCommand } from '@aws-sdk/client-emr-serverless';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { internalClient } from '@firesteel/http/internal-client';
import { z } from 'zod';
import { type Fault, unless } from '../fault.ts';
import { prepare } from '../workload.ts';
import { setClock } from '../wrong-clocks.ts';

const offsetMs = 400 * 24 * 3_600_000;
const authorities = ['iam-authorizer', 'gateway', 'object-store'];

const answer = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string(),
});

const told = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'taken',
    (error: Error) => error.name,
  );

export const yearsLater: Fault = {
  number: '16',
  name: 'years-later',
  does: '400 days pass for everyone who checks credentials, and for the client; it still has a job’s',
  passes:
    'good before; after it ExpiredToken from S3, ExpiredTokenException from EMR Serverless; keys that do not expire are good',
  method:
    'As 15: iam-authorizer, gateway and object-store with a clock of 400 days ahead. There are no certificates here.',
  stack: 'any',
  seconds: 0,
  run: async ({ stack }) => {
    const { roleArn } = await prepare(stack);
    const authorizer = internalClient({
      service: 'iam-authorizer',
      baseUrl: `http://127.0.0.1:${stack.portOf('iam-authorizer')}`,
      caller: 'worker-agent',
      serviceKey: stack.serviceKey,
    });
    const name = randomUUID();
    const body = {
      ...{ accountId: roleArn.split(':')[4], roleArn, sessionName: name, policy: null },
      ...{ durationSeconds: 900, jobRunId: name, attempt: 1 },
    };
    const credentials = answer.parse(await authorizer.call('POST', '/v1/credentials', { body }));
    const list = new ListObjectsV2Command({ Bucket: 'faults' });
    const before = await told(stack.bucketsAt(0, credentials).send(list));
    const ends: (() => Promise<void>)[] = [];
    try {
      for (const service of authorities) ends.push(await setClock(stack, service, { offsetMs }));
      const s3 = await told(stack.bucketsAt(offsetMs, credentials).send(list));
      const applications = new ListApplicationsCommand({});
      const emr = await told(stack.clientAt(offsetMs, credentials).send(applications));
      const root = await told(stack.clientAt(offsetMs).send(applications));
      return {
        measured: `before: ${before}; 400 days later: S3 ${s3}, EMR Serverless ${emr}, a key without an end ${root}`,
        problems: [
          ...unless(before === 'taken', `before: ${before}`),
          ...unless(s3 === 'ExpiredToken', `S3 says ${s3}`),
          ...unless(emr === 'ExpiredTokenException', `EMR Serverless says ${emr}`),
          ...unless(root === 'taken', `the root key is told ${root}`),
        ],
      };
    } finally {
      for (const end of ends) await end();
      await stack.whenReady();
    }
  },
};
