/** HTTP ↔ questions and commands: who may (gateway, object store), policies of buckets (object store), a run's credentials (agents), fences (capacity), accounts and audit (operator). */
import { Refused } from '@firesteel/decider/refused';
import { handle } from '@firesteel/event-store/commands';
import { verifyServiceToken } from '@firesteel/http/service-token';
import { compilePolicy } from '@firesteel/iam-policy/compile';
import { MalformedPolicy } from '@firesteel/iam-policy/malformed-policy';
import { type Request, Router } from 'express';
import { z } from 'zod';
import { findDecisions } from './access/search.ts';
import { createAccount, listAccounts } from './account/accounts.ts';
import { type AuthorizeOptions, authorize, type Question } from './authorize/authorize.ts';
import { judgeDeletions } from './authorize/deletions.ts';
import { recordDenial } from './authorize/denials.ts';
import { bucketPolicyRoutes } from './bucket-policy/routes.ts';
import type { FencesInForce } from './fence/fences-in-force.ts';
import { answerQuery } from './iam/answer-query.ts';
import type { Role } from './role/role.ts';
import { assumableBy } from './role/trust.ts';
import {
  issueSession,
  type JobRunAttempt,
  plainRoleSession,
  sessionSeconds,
} from './session/session.ts';
import { fences, isFenced } from './tables.ts';

/** It names a stream and a part of the scratch bucket: a slash in it would lead elsewhere. */
const jobRunId = z.string().regex(/^[\w-]{1,64}$/);
const attempt = z.number().int().positive();

const contextValue = z.union([z.string(), z.array(z.string())]);

const signed = {
  request: z.custom<Question['request']>(
    (value) => value === null || (typeof value === 'object' && 'canonicalHead' in value),
  ),
  failure: z
    .custom<NonNullable<Question['failure']>>((value) => typeof value === 'object')
    .optional(),
  bodySha256: z.string().optional(),
  sourceIp: z.string(),
  requestId: z.string(),
  context: z.record(z.string(), contextValue).optional(),
};

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
  ...signed,
  service: z.string(),
  ...access,
  passRole: z.object({ roleArn: z.string() }).optional(),
  copySource: z.object(access).optional(),
  resourceTags: z.record(z.string(), z.string()).nullable().optional(),
});

const queryQuestion = z.object({
  ...signed,
  service: z.enum(['iam', 'sts']),
  operation: z.string(),
  input: z.record(z.string(), z.unknown()),
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

const accountId = z.string().regex(/^\d{12}$/);

const denialBody = z.object({
  requestId: z.string(),
  service: z.string(),
  sourceIp: z.string(),
  accountId,
  principal: z.string(),
  action: z.string(),
  resource: z.string(),
  reason: z.string(),
});

const credentialsBody = z.object({
  accountId,
  roleArn: z.string(),
  sessionName: z.string(),
  policy: z.string().nullable(),
  policyArns: z.array(z.string()).max(10).default([]),
  durationSeconds: z.number().int().min(sessionSeconds.shortest).max(sessionSeconds.longest),
  jobRunId: jobRunId.nullable().default(null),
  attempt: attempt.default(1),
  /** Of the run; a trust policy may ask on whose behalf the service comes. */
  applicationId: z
    .string()
    .regex(/^[0-9a-zA-Z]{1,64}$/)
    .nullable()
    .default(null),
});

/** Attempts count from 1: below the second is the least there is to fence. */
const fenceBody = z.object({ jobRunId, belowAttempt: z.number().int().min(2) });

const accountBody = z.object({
  accountId: accountId.optional(),
  name: z.string().trim().min(1).max(64).optional(),
});

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());

const accessQuery = z.object({
  principal: z.string().optional(),
  action: z.string().optional(),
  accountId: accountId.optional(),
  since: moment.optional(),
  until: moment.optional(),
  allowed: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

export type RouteOptions = AuthorizeOptions & {
  readonly serviceKey: Buffer;
  readonly fences: FencesInForce;
  readonly region: string;
  readonly wakeLedger: () => void;
};

/** @throws Refused in the words of what is wrong with a session policy */
function requireSessionPolicy(policy: string | null): void {
  try {
    if (policy !== null) compilePolicy(policy, 'session');
  } catch (error) {
    if (error instanceof MalformedPolicy)
      throw new Refused('Denied', `The executionIamPolicy is no session policy: ${error.message}`);
    throw error;
  }
}

/** The routes of the authorizer. */
export function authorizerRoutes(options: RouteOptions): Router {
  const {
    em,
    identities,
    masterKey,
    serviceKey,
    fences: inForce,
    region,
    now,
    wakeLedger,
  } = options;
  const at = (): string => now().toISOString();
  /** @throws Refused when the call's token is another service's */
  const requireService = (request: Request, name: string): void => {
    if (verifyServiceToken(serviceKey, request.headers.authorization) !== name)
      throw new Refused('Denied', `Only ${name} may ask for this.`);
  };
  /** @throws Refused when the role cannot be assumed, or the attempt is fenced off */
  const requireCredentials = async (
    session: Pick<z.infer<typeof credentialsBody>, 'accountId' | 'roleArn' | 'applicationId'>,
    jobRun: JobRunAttempt | null,
  ): Promise<Role> => {
    const application = `/applications/${session.applicationId ?? '*'}`;
    await options.identities.trusted();
    const role = assumableBy(options, {
      ...session,
      sourceArn: `arn:aws:emr-serverless:${region}:${session.accountId}:${application}`,
    });
    if (!role)
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
    return role;
  };
  return Router()
    .use(bucketPolicyRoutes(options))
    .post('/v1/authorize', async (request, response) => {
      response.json(await authorize(question.parse(request.body), options));
    })
    .post('/v1/query', async (request, response) => {
      requireService(request, 'gateway');
      const answer = await answerQuery(queryQuestion.parse(request.body), options);
      wakeLedger();
      response.json(answer);
    })
    .post('/v1/deletions', async (request, response) => {
      requireService(request, 'object-store');
      const allowed = await judgeDeletions(deletionsBody.parse(request.body), options);
      response.json({ allowed });
    })
    .post('/v1/denials', async (request, response) => {
      requireService(request, 'gateway');
      await recordDenial(denialBody.parse(request.body), options);
      response.json({});
    })
    .post('/v1/credentials', async (request, response) => {
      const body = credentialsBody.parse(request.body);
      const { durationSeconds, jobRunId: id, attempt: number, applicationId: _, ...session } = body;
      const jobRun = id === null ? null : { jobRunId: id, attempt: number };
      const { roleId } = await requireCredentials(body, jobRun);
      requireSessionPolicy(session.policy);
      const grant = { ...plainRoleSession, ...session, roleId, jobRun };
      response.json(issueSession(masterKey, grant, durationSeconds, now()));
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
    .post('/v1/accounts', async (request, response) => {
      requireService(request, 'operator');
      const { accountId: id, name } = accountBody.parse(request.body);
      const requestId = request.get('x-firesteel-request-id') ?? 'operator';
      const asked = { accountId: id, name };
      const account = await createAccount(asked, { em, identities, masterKey, now, requestId });
      wakeLedger();
      response.json(account);
    })
    .get('/v1/accounts', async (request, response) => {
      requireService(request, 'operator');
      response.json({ accounts: await listAccounts(em.fork()) });
    })
    .get('/v1/access', async (request, response) => {
      requireService(request, 'operator');
      const { limit, ...filter } = accessQuery.parse(request.query);
      await options.inLog();
      response.json({ decisions: await findDecisions(em.fork(), filter, limit) });
    });
}
