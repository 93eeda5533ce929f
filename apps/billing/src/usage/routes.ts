/** Correcting a metered usage by an operator's word. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { Router } from 'express';
import { z } from 'zod';
import { parsed } from '../parsed.ts';
import { correctUsage } from './corrections.ts';

const correction = z.strictObject({
  seconds: z.number().int().min(0),
  reason: z.string().trim().min(1).max(1_000),
  by: z.string().trim().min(1).max(200),
});

export type UsageRouteOptions = { readonly now: () => Date; readonly wakeLedger: () => void };

/** The routes of `/v1/usages`. */
export function usageRoutes(em: EntityManager, { now, wakeLedger }: UsageRouteOptions): Router {
  return Router().post('/v1/usages/:usageId/corrections', async (request, response) => {
    const said = parsed(correction, request.body);
    const at = now().toISOString();
    const usageId = String(request.params['usageId']);
    const corrected = await correctUsage(em, { usageId, ...said }, at);
    wakeLedger();
    response.json(corrected);
  });
}
