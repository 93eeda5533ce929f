/** Questions about capacity: who holds what, why somebody waits, how long a start took; and an operator's word on a zone. */
import { handle } from '@firesteel/event-store/commands';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Router } from 'express';
import { z } from 'zod';
import type { Capacity } from './capacity.ts';
import { capacityOf, zonesOf } from './capacity-view.ts';
import { readFleet, recentWorkers, zones } from './fleet/tables.ts';

export type RouteOptions = {
  readonly em: EntityManager;
  readonly capacity: Pick<Capacity, 'agents' | 'milestones' | 'settle'>;
  readonly wakeLedger: () => void;
  readonly now: () => Date;
};

const zoneBody = z.object({ reason: z.string().min(1).default('an operator says so') });
/** As many of an application's workers as its view looks back on. */
const recentLimit = 20;

export const capacityRoutes = (options: RouteOptions): Router => {
  const { em, capacity, wakeLedger, now } = options;
  const { agents, milestones, settle } = capacity;
  const tellZone = async (type: 'ImpairZone' | 'RestoreZone', zone: string, body: unknown) => {
    const { reason } = zoneBody.parse(body ?? {});
    const at = now().toISOString();
    await handle(em, zones, zone, { type, zone, by: 'operator', reason, at });
    wakeLedger();
    settle();
    return { zones: zonesOf(agents.seen(), (await readFleet(em.fork())).zones) };
  };
  return Router()
    .get('/v1/fleet', async (_request, response) => {
      const fleet = await readFleet(em.fork());
      response.json({
        zones: zonesOf(agents.seen(), fleet.zones),
        allocations: fleet.allocations.map(
          ({ jobRunId, attempt, applicationId, status, reason, zone }) => ({
            ...{ jobRunId, attempt, applicationId, status, reason, zone },
          }),
        ),
        workers: fleet.workers.map(
          ({ workerId, jobRunId, workerType, status, size, zone, reason, stopReason }) => ({
            ...{ workerId, jobRunId, workerType, status, size, zone, reason, stopReason },
          }),
        ),
      });
    })
    .get('/v1/applications/:applicationId/capacity', async (request, response) => {
      const { applicationId } = request.params;
      const fleet = await readFleet(em.fork());
      const recent = await recentWorkers(em.fork(), applicationId, recentLimit);
      response.json(capacityOf(applicationId, fleet, agents.seen(), recent));
    })
    .post('/v1/zones/:zone/impair', async (request, response) => {
      response.json(await tellZone('ImpairZone', request.params.zone, request.body));
    })
    .post('/v1/zones/:zone/restore', async (request, response) => {
      response.json(await tellZone('RestoreZone', request.params.zone, request.body));
    })
    .get('/v1/job-runs/:jobRunId/milestones', (request, response) => {
      response.json({ milestones: milestones.of(request.params.jobRunId) });
    });
};
