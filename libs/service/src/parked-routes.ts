/** What a service's consumer could not take, for operators: to look at, to try again, to give up. */

import { Refused } from '@firesteel/decider/refused';
import {
  dropParked,
  listParked,
  type ParkingConsumer,
  ReactionFailed,
  retryParked,
} from '@firesteel/messaging/parked';
import { Router } from 'express';

/** What fails by the event's own fault is a conflict with what there is; anything else is what it is. */
function stillFails(error: unknown): never {
  throw error instanceof ReactionFailed ? new Refused('Conflict', error.message) : error;
}

/**
 * `committed` is called after a stream was taken, as after any batch.
 * `GET /v1/parked`, `POST /v1/parked/<globalSeq>/retry`, `DELETE /v1/parked/<globalSeq>`.
 */
export const parkedRoutes = (consumer: ParkingConsumer, committed: () => void): Router =>
  Router()
    .get('/v1/parked', async (_request, response) => {
      response.json({ parked: await listParked(consumer.em.fork(), consumer.name) });
    })
    .post('/v1/parked/:globalSeq/retry', async ({ params }, response) => {
      const taken = await retryParked(consumer, Number(params.globalSeq)).catch(stillFails);
      committed();
      response.json({ taken });
    })
    .delete('/v1/parked/:globalSeq', async ({ params }, response) => {
      await dropParked(consumer, Number(params.globalSeq));
      response.json({});
    });
