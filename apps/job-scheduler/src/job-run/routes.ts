/** HTTP ↔ commands and questions about runs and gates; the gateway has validated against the service model. */
import { deriveId, jobRunArn } from '@firesteel/aws-protocol/ids';
import { load, transact } from '@firesteel/event-store/aggregate';
import { handle } from '@firesteel/event-store/commands';
import { callerOf, metaOf } from '@firesteel/http/caller';
import { placeOf } from '@firesteel/http/page-token';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Request, Router } from 'express';
import { z } from 'zod';
import { attemptsPage, toJobRun, toSummary } from './answers.ts';
import { type JobRun, requireJobRun } from './job-run.ts';
import { step } from './life.ts';
import { startJobRun } from './start-job-run.ts';
import { gates, jobRuns, listJobRuns } from './tables.ts';

const object = z.record(z.string(), z.json());

const startBody = z.object({
  clientToken: z.string(),
  application: z.object({
    applicationId: z.string(),
    version: z.number().int(),
    state: z.string(),
    releaseLabel: z.string(),
    architecture: z.enum(['X86_64', 'ARM64']),
    settings: object,
  }),
  executionRoleAssumable: z.boolean(),
  input: z.object({
    executionRoleArn: z.string(),
    jobDriver: object.optional(),
    executionIamPolicy: object.optional(),
    configurationOverrides: object.optional(),
    tags: z.record(z.string(), z.string()).optional(),
    executionTimeoutMinutes: z.number().int().optional(),
    name: z.string().optional(),
    mode: z.enum(['BATCH', 'STREAMING']).optional(),
    retryPolicy: object.optional(),
  }),
});

const listQuery = z.object({
  states: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .transform((states) => [states ?? []].flat()),
  mode: z.string().optional(),
  createdAtAfter: z.string().optional(),
  createdAtBefore: z.string().optional(),
  maxResults: z.coerce.number().int().min(1).max(50).default(50),
  nextToken: z.string().optional(),
});

const attemptQuery = z.object({ attempt: z.coerce.number().int().min(1).optional() });
const attemptsQuery = listQuery.pick({ maxResults: true, nextToken: true });

const cancelBody = z.object({ graceSeconds: z.number().int().min(0).default(0) });
const closeBody = z.object({ applicationVersion: z.number().int() });
const openBody = z.object({ autoStopIdleMinutes: z.number().int().nullable() });

export type RouteOptions = {
  readonly em: EntityManager;
  readonly idKey: Buffer;
  readonly region: string;
  readonly wakeLedger: () => void;
  readonly now: () => Date;
};

const applicationIdOf = (request: Request): string => String(request.params['applicationId']);

/** The routes of job runs and gates under `/v1/applications/:applicationId`. */
export function jobRunRoutes({ em, idKey, region, wakeLedger, now }: RouteOptions): Router {
  const at = (): string => now().toISOString();

  /** Another application's or account's run does not exist, in the same words. */
  const owned = async (request: Request): Promise<JobRun> => {
    const id = String(request.params['jobRunId']);
    const run = requireJobRun((await load(em, jobRuns, id)).state, id);
    const visible =
      run.accountId === callerOf(request).accountId &&
      run.applicationId === applicationIdOf(request);
    return requireJobRun(visible ? run : { status: 'ABSENT' }, id);
  };

  return Router()
    .post('/v1/applications/:applicationId/jobruns', async (request, response) => {
      const caller = callerOf(request);
      const { clientToken, application, executionRoleAssumable, input } = startBody.parse(
        request.body,
      );
      const { applicationId } = application;
      const jobRunId = deriveId(idKey, caller.accountId, 'StartJobRun', applicationId, clientToken);
      const context = {
        jobRunId,
        accountId: caller.accountId,
        region,
        createdBy: caller.principal,
        executionRoleAssumable,
      };
      await startJobRun(em, input, application, context, metaOf(caller), at());
      wakeLedger();
      response.json({
        applicationId,
        jobRunId,
        arn: jobRunArn({ region, accountId: caller.accountId }, applicationId, jobRunId),
      });
    })
    .get('/v1/applications/:applicationId/jobruns', async (request, response) => {
      const { nextToken, mode, createdAtAfter, createdAtBefore, ...query } = listQuery.parse(
        request.query,
      );
      const page = await listJobRuns(em, {
        ...query,
        mode,
        createdAtAfter,
        createdAtBefore,
        accountId: callerOf(request).accountId,
        applicationId: applicationIdOf(request),
        after: placeOf(nextToken),
      });
      response.json({
        jobRuns: page.jobRuns.map(toSummary),
        ...(page.nextToken === null ? {} : { nextToken: page.nextToken }),
      });
    })
    .get('/v1/applications/:applicationId/jobruns/:jobRunId', async (request, response) => {
      const { attempt } = attemptQuery.parse(request.query);
      const run = await owned(request);
      response.json({ jobRun: toJobRun(run, now(), attempt), visits: run.visits });
    })
    .get(
      '/v1/applications/:applicationId/jobruns/:jobRunId/attempts',
      async (request, response) => {
        const { maxResults, nextToken } = attemptsQuery.parse(request.query);
        response.json(attemptsPage(await owned(request), maxResults, placeOf(nextToken)));
      },
    )
    .delete('/v1/applications/:applicationId/jobruns/:jobRunId', async (request, response) => {
      const { graceSeconds } = cancelBody.parse(request.body ?? {});
      const { applicationId, jobRunId } = await owned(request);
      const command = {
        type: 'CancelJobRun',
        reason: 'Job run was cancelled by request.',
        graceSeconds,
        at: at(),
      } as const;
      await transact(em, (tx) => step(tx, jobRunId, command, metaOf(callerOf(request))));
      wakeLedger();
      response.json({ applicationId, jobRunId });
    })
    .post('/v1/applications/:applicationId/gate/close', async (request, response) => {
      const applicationId = applicationIdOf(request);
      const { applicationVersion } = closeBody.parse(request.body);
      await handle(
        em,
        gates,
        applicationId,
        { type: 'CloseGate', applicationId, applicationVersion, at: at() },
        metaOf(callerOf(request)),
      );
      wakeLedger();
      response.json({});
    })
    .post('/v1/applications/:applicationId/gate/open', async (request, response) => {
      const applicationId = applicationIdOf(request);
      const { autoStopIdleMinutes } = openBody.parse(request.body);
      await handle(
        em,
        gates,
        applicationId,
        {
          type: 'OpenGate',
          applicationId,
          applicationVersion: null,
          autoStopIdleMinutes,
          at: at(),
        },
        metaOf(callerOf(request)),
      );
      wakeLedger();
      response.json({});
    });
}
