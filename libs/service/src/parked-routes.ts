/** What a service's consumer could not take, for operators: to look at, to try again, to give up. */

import { Refused } from '@firesteel/decider/refused';
import {
  dropParked,
  listParked,
  type ParkingConsumer,
  retryParked,
} from '@firesteel/messaging/parked';
import { Router } from 'express';

/** What still fails is the event's own fault, which its sender cannot mend: a conflict with what there is. */
function stillFails(error: unknown): never {
  if (error instanceof Refused) throw error;
  throw new Refused('Conflict', error instanceof Error ? error.message : String(error));
}

/** `GET /v1/parked`, `POST /v1/parked/<globalSeq>/retry`, `DELETE /v1/parked/<globalSeq>`. */
export const parkedRoutes = (consumer: ParkingConsumer, wakeLedger: () => void): Router =>
  Router()
    .get('/v1/parked', async (_request, response) => {
      response.json({ parked: await listParked(consumer.em.fork(), consumer.name) });
    })
    .post('/v1/parked/:globalSeq/retry', async ({ params }, response) => {
      const taken = await retryParked(consumer, Number(params.globalSeq)).catch(stillFails);
      wakeLedger();
      response.json({ taken });
    })
    .delete('/v1/parked/:globalSeq', async ({ params }, response) => {
      await dropParked(consumer, Number(params.globalSeq));
      response.json({});
    });
