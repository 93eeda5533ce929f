/** What every request to the object store has in common. */
import { Agent } from 'node:http';
import type { Opened } from '../edge/authorize.ts';

/** Connections to the object store. */
export const agent = new Agent({ keepAlive: true, maxFreeSockets: 32 });

/** Which buckets are open to a request that are not the caller's. */
export const openedHeader = (opened: Opened): Record<string, string> =>
  opened.length === 0
    ? {}
    : {
        'x-firesteel-opened': opened
          .map(({ bucket, accountId }) => `${bucket}=${accountId}`)
          .join(','),
      };
