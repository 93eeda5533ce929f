/** HTTP ↔ questions and commands: who may (gateway, object store), a run's credentials (agents), fences (capacity). */
import { Refused } from '@firesteel/decider/refused';
import { handle } from '@firesteel/event-store/aggregate';
import { verifyServiceToken } from '@firesteel/http/service-token';
import { type Request, Router } from 'express';
import { z } from 'zod';
import {
  type AuthorizeOptions,
  assumable,
  authorize,
  type Question,
} from './authorize/authorize.ts';
import { judgeDeletions } from './authorize/deletions.ts';
import type { FencesInForce } from './fence/fences-in-force.ts';
import { roleRoutes } from './role/role-routes.ts';
import { issueSession, type JobRunAttempt, sessionSeconds } from './session/session.ts';
import { fences, isFenced } from './tables.ts';

/** It names a stream and a part of the scratch bucket: a slash in it would lead elsewhere. */
const jobRunId = z.string().regex(/^[\w-]{1,64}$/);
const attempt = z.number().int().positive();

const access = {
  action: z.string(),
  resource: z.string(),
  reach: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('names'), prefix: z.string() }),
      z.object({ kind: z.literal('bucketItself') }),
      z.object({ kind: z.literal('keysInBody') }),
    ])
    .optional(),
};

const question = z.object({
  request: z.custom<Question['request']>(
    (value) => value === null || (typeof value === 'object' && 'canonicalHead' in value),
  ),
  failure: z
    .custom<NonNullable<Question['failure']>>((value) => typeof value === 'object')
    .optional(),
  bodySha256: z.string().optional(),
  service: z.string(),
  ...access,
  sourceIp: z.string(),
  requestId: z.string(),
  passRole: z.object({ roleArn: z.string() }).optional(),
  copySource: z.object(access).optional(),
});

const deletionsBody = z.object({
  accountId: z.string(),
  principal: z.string(),
  sessionToken: z.string().nullable(),
  bucket: z.string(),
  keys: z.array(z.string()).max(1_000),
  sourceIp: z.string(),
  requestId: z.string(),
});

const credentialsBody = z.object({
  accountId: z.string(),
  roleArn: z.string(),
  sessionName: z.string(),
  policy: z.string().nullable(),
  durationSeconds: z.number().int().min(sessionSeconds.shortest).max(sessionSeconds.longest),
  jobRunId: jobRunId.nullable().default(null),
  attempt: attempt.default(1),
});

/** Attempts count from 1: below the second is the least there is to fence. */
const fenceBody = z.object({ jobRunId, belowAttempt: z.number().int().min(2) });

export type RouteOptions = AuthorizeOptions & {
  readonly serviceKey: Buffer;
  readonly fences: FencesInForce;
  readonly wakeLedger: () => void;
};

/** The routes of the authorizer. */
export function authorizerRoutes(options: RouteOptions): Router {
  const { em, masterKey, serviceKey, fences: inForce, now, wakeLedger } = options;
  const at = (): string => now().toISOString();
  /** @throws Refused when the call's token is another service's */
  const requireService = (request: Request, name: string): void => {
    if (verifyServiceToken(serviceKey, request.headers.authorization, Date.now()) !== name)
      throw new Refused('Denied', `Only ${name} may ask for this.`);
  };
  /** @throws Refused when the role cannot be assumed, or the attempt is fenced off */
  const requireCredentials = async (
    session: { readonly accountId: string; readonly roleArn: string },
    jobRun: JobRunAttempt | null,
  ): Promise<void> => {
    if (!(await assumable(options, session.accountId, session.roleArn)))
      throw new Refused(
        'Denied',
        `Could not assume execution role ${session.roleArn.slice(session.roleArn.lastIndexOf('/') + 1)} because it does not exist or is not set up with the required trust relationship.`,
      );
    // The table knows every fence; those that are raised after this refuse the session by its claims.
    if (jobRun !== null && (await isFenced(em, jobRun)))
      throw new Refused(
        'Denied',
        `Attempt ${jobRun.attempt} of job run ${jobRun.jobRunId} is fenced off: it gets no credentials any more.`,
      );
  };
  return Router()
    .post('/v1/authorize', async (request, response) => {
      response.json(await authorize(question.parse(request.body), options));
    })
    .post('/v1/deletions', async (request, response) => {
      requireService(request, 'object-store');
      const allowed = await judgeDeletions(deletionsBody.parse(request.body), options);
      response.json({ allowed });
    })
    .post('/v1/credentials', async (request, response) => {
      const body = credentialsBody.parse(request.body);
      const { durationSeconds, jobRunId: id, attempt: number, ...session } = body;
      const jobRun = id === null ? null : { jobRunId: id, attempt: number };
      await requireCredentials(session, jobRun);
      response.json(issueSession(masterKey, { ...session, jobRun }, durationSeconds, now()));
    })
    .post('/v1/fences', async (request, response) => {
      requireService(request, 'capacity');
      const { jobRunId: id, belowAttempt } = fenceBody.parse(request.body);
      const { state } = await handle(em, fences, id, {
        type: 'FenceAttempts',
        jobRunId: id,
        belowAttempt,
        at: at(),
      });
      // Also when it was fenced before: an earlier call may have been cut short between the two.
      inForce.raise(state);
      wakeLedger();
      response.json({ jobRunId: id, belowAttempt: state.belowAttempt });
    })
    .use(roleRoutes(options));
}
