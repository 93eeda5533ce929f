/** Questions about capacity: who holds what, why somebody waits, and how long a start took. */

import type { EntityManager } from '@mikro-orm/postgresql';
import { Router } from 'express';
import type { Agents } from './agents/agents.ts';
import { readFleet } from './fleet/tables.ts';
import type { Milestones } from './milestones.ts';

export const capacityRoutes = (em: EntityManager, agents: Agents, milestones: Milestones): Router =>
  Router()
    .get('/v1/fleet', async (_request, response) => {
      const fleet = await readFleet(em.fork());
      response.json({
        zones: agents.connected().map(({ zone }) => zone),
        allocations: fleet.allocations.map(({ jobRunId, applicationId, status, reason, zone }) => ({
          jobRunId,
          applicationId,
          status,
          reason,
          zone,
        })),
        workers: fleet.workers.map(
          ({ workerId, jobRunId, workerType, status, size, zone, reason, stopReason }) => ({
            workerId,
            jobRunId,
            workerType,
            status,
            size,
            zone,
            reason,
            stopReason,
          }),
        ),
      });
    })
    .get('/v1/job-runs/:jobRunId/milestones', (request, response) => {
      response.json({ milestones: milestones.of(request.params.jobRunId) });
    });
