/** Page tokens: the place of the last row, opaque to clients, refused when they were not ours. */
import { Refused } from '@firesteel/decider/refused';
import { z } from 'zod';

const place = z.tuple([z.string(), z.string()]);

/** Where the next page begins: the sort key and the id of the last row shown. */
export type Place = z.infer<typeof place>;

/** Encodes a place as AWS' `NextToken` pattern allows. */
export const pageToken = (at: Place): string =>
  Buffer.from(JSON.stringify(at)).toString('base64url');

/**
 * Decodes a token from a client.
 * @throws Refused when it is none of ours
 */
export function placeOf(token: string | undefined): Place | null {
  if (token === undefined) return null;
  try {
    return place.parse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')));
  } catch {
    throw new Refused('Invalid', 'The nextToken is not valid.');
  }
}
