/** The auditor's environment. */
import { z } from 'zod';

const environment = z.object({
  /** A login that may read every schema: the audit compares services that may not read each other. */
  ADMIN_DATABASE_URL: z.url(),
});

/**
 * Reads the environment, only when it is needed: `--help` needs none.
 * @throws an Error that names what is missing
 */
export function readConfig(): z.infer<typeof environment> {
  const parsed = environment.safeParse(process.env);
  if (parsed.success) return parsed.data;
  throw new Error(
    'ADMIN_DATABASE_URL is missing: run this as `npm run verify` or `npm run replay`',
  );
}
