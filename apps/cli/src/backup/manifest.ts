/** What a backup says of itself, in its file `backup.json`: written last, so a folder without it is none. */
import { z } from 'zod';

const head = z.object({ seq: z.number().int().min(0), hash: z.string() });

const manifest = z.object({
  format: z.literal(1),
  /** When the copy was whole. */
  at: z.string(),
  accountId: z.string(),
  /** The last event that is surely in the copy. */
  head,
  incarnation: z.string(),
  /** Segments whose rows have left the tables, and whether their files are here or stay in a place of the operator's. */
  segments: z.object({ names: z.array(z.string()), place: z.string().nullable() }),
});

export type Manifest = z.infer<typeof manifest>;
export type Head = z.infer<typeof head>;

export const manifestName = 'backup.json';

/** @throws Error with one sentence when it is none of ours */
export function parseManifest(text: string | undefined, folder: string): Manifest {
  if (text === undefined)
    throw new Error(`${folder} holds no whole backup: there is no ${manifestName}.`);
  const parsed = manifest.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Error(`${folder} holds a backup that this version does not read.`);
}
