/** HTTP ↔ commands and questions about applications; the gateway has validated against the service model. */
import { applicationArn, deriveId } from '@firesteel/aws-protocol/ids';
import { requestHashOf } from '@firesteel/aws-protocol/request-hash';
import type { AppendMeta } from '@firesteel/event-store';
import { load } from '@firesteel/event-store/aggregate';
import { handle } from '@firesteel/event-store/commands';
import { callerOf, metaOf } from '@firesteel/http/caller';
import { placeOf } from '@firesteel/http/page-token';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { toApplication, toSummary } from './answers.ts';
import { type Application, type ApplicationCommand, requireExisting } from './application.ts';
import { applications, listApplications } from './application-table.ts';

const settings = z.record(z.string(), z.json());
const tags = z.record(z.string(), z.string());
const architecture = z.enum(['X86_64', 'ARM64']);

const createBody = z
  .object({
    clientToken: z.string(),
    name: z.string().nullish(),
    type: z.string(),
    releaseLabel: z.string(),
    architecture: architecture.default('X86_64'),
    tags: tags.default({}),
  })
  .catchall(z.json());

const updateBody = z
  .object({
    clientToken: z.string(),
    releaseLabel: z.string().optional(),
    architecture: architecture.optional(),
  })
  .catchall(z.json());

const listQuery = z.object({
  states: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .transform((states) => [states ?? []].flat()),
  maxResults: z.coerce.number().int().min(1).max(50).default(50),
  nextToken: z.string().optional(),
});

export type RouteOptions = {
  readonly em: EntityManager;
  readonly idKey: Buffer;
  readonly region: string;
  readonly wakeLedger: () => void;
  readonly now: () => Date;
};

/** The routes of `/v1/applications`. */
export function applicationRoutes(options: RouteOptions): Router {
  const { em, wakeLedger } = options;
  const at = (): string => options.now().toISOString();

  const owned = async (
    request: Request,
  ): Promise<{ application: Application; version: number }> => {
    const id = String(request.params['applicationId']);
    const { state, version } = await load(em, applications, id);
    const application = requireExisting(state, id);
    // Another account's application does not exist, in the same words.
    if (application.accountId !== callerOf(request).accountId)
      requireExisting({ status: 'ABSENT' }, id);
    return { application, version };
  };

  const run = async (
    id: string,
    command: ApplicationCommand,
    meta: AppendMeta,
  ): Promise<Application> => {
    const { state } = await handle(em, applications, id, command, meta);
    wakeLedger();
    return requireExisting(state, id);
  };

  const commandRoute =
    (command: (request: Request) => ApplicationCommand) =>
    async (request: Request, response: Response): Promise<void> => {
      const { application } = await owned(request);
      const changed = await run(
        application.applicationId,
        command(request),
        metaOf(callerOf(request)),
      );
      response.json({ application: toApplication(changed) });
    };

  return Router()
    .post('/v1/applications', async (request, response) => {
      const caller = callerOf(request);
      const {
        clientToken,
        name = null,
        type,
        releaseLabel,
        architecture,
        tags,
        ...rest
      } = createBody.parse(request.body);
      const input = {
        name,
        type,
        releaseLabel,
        architecture,
        tags,
        settings: settings.parse(rest),
      };
      const applicationId = deriveId(
        options.idKey,
        caller.accountId,
        'CreateApplication',
        '',
        clientToken,
      );
      const { accountId } = caller;
      const { region } = options;
      const created = await run(
        applicationId,
        {
          type: 'CreateApplication',
          applicationId,
          accountId,
          region,
          input,
          requestHash: requestHashOf(input),
          at: at(),
        },
        metaOf(caller),
      );
      response.json({
        applicationId,
        arn: applicationArn({ region, accountId }, applicationId),
        ...(created.name === null ? {} : { name: created.name }),
      });
    })
    .get('/v1/applications', async (request, response) => {
      const { states, maxResults, nextToken } = listQuery.parse(request.query);
      const page = await listApplications(em, {
        accountId: callerOf(request).accountId,
        states,
        maxResults,
        after: placeOf(nextToken),
      });
      response.json({
        applications: page.applications.map(toSummary),
        ...(page.nextToken === null ? {} : { nextToken: page.nextToken }),
      });
    })
    .get('/v1/applications/:applicationId', async (request, response) => {
      const { application, version } = await owned(request);
      response.json({ application: toApplication(application), version });
    })
    .patch(
      '/v1/applications/:applicationId',
      commandRoute((request) => {
        const {
          clientToken: _,
          releaseLabel,
          architecture,
          ...rest
        } = updateBody.parse(request.body);
        return {
          type: 'UpdateApplication',
          input: {
            ...(releaseLabel === undefined ? {} : { releaseLabel }),
            ...(architecture === undefined ? {} : { architecture }),
            settings: settings.parse(rest),
          },
          at: at(),
        };
      }),
    )
    .delete(
      '/v1/applications/:applicationId',
      commandRoute(() => ({ type: 'DeleteApplication', at: at() })),
    )
    .post(
      '/v1/applications/:applicationId/start',
      commandRoute(() => ({ type: 'StartApplication', at: at() })),
    )
    .post(
      '/v1/applications/:applicationId/stop',
      commandRoute(() => ({
        type: 'StopApplication',
        reason: 'StopApplication was called.',
        at: at(),
      })),
    );
}
