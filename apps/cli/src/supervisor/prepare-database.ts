/**
 * A program of its own: prepares the database that standard input names, and ends. The supervisor lives for months
 * and would otherwise keep an object-relational mapper in memory for one second's work.
 */
import { text } from 'node:stream/consumers';
import { prepareDatabase } from '@firesteel/event-store/prepare';
import { z } from 'zod';

const wishes = z.object({
  adminUrl: z.string(),
  roles: z.array(z.object({ name: z.string(), password: z.string() })),
});

try {
  await prepareDatabase(wishes.parse(JSON.parse(await text(process.stdin))));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
