/** The commands that are measured: applications of the registry, created through its own decider. */
import { applications } from '@firesteel/application-registry/applications';
import { applicationMigrations } from '@firesteel/application-registry/migrations';
import { openDatabase } from '@firesteel/event-store/database';
import type { MikroORM } from '@mikro-orm/postgresql';

/** What `CreateApplication` of one id is to the decider; it leads to two facts. */
export const creationOf = (applicationId: string) =>
  ({
    type: 'CreateApplication',
    applicationId,
    accountId: '123456789012',
    region: 'us-east-1',
    input: {
      name: `bench ${applicationId}`,
      type: 'SPARK',
      releaseLabel: 'emr-7.13.0',
      architecture: 'X86_64',
      settings: {
        maximumCapacity: { cpu: '400 vCPU', memory: '3000 GB' },
        autoStopConfiguration: { enabled: true, idleTimeoutMinutes: 15 },
      },
      tags: { team: 'bench', purpose: 'how fast' },
    },
    requestHash: applicationId,
    at: '2026-11-25T00:00:00.000Z',
  }) as const;

export const factsOfCreation = 2;

/** Who asked, as the gateway says it. */
export const metaOf = (applicationId: string) => ({
  principal: 'arn:aws:iam::123456789012:user/bench',
  requestId: applicationId,
});

/** The registry's own login, with as many connections as asked. */
export const openRegistry = (url: string, poolSize: number): Promise<MikroORM> =>
  openDatabase({
    url,
    poolSize,
    entities: [applications.entity],
    migrations: applicationMigrations,
  });
