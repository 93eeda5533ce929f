/** What the environment of every service holds, parsed once; what is missing is named. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The part of the environment that every service has. */
export const commonEnvironment = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535),
  /** A socket bound to that port, which a supervisor keeps open while the service is started again. */
  LISTEN_FD: z.coerce.number().int().min(3).optional(),
  FIRESTEEL_SECRETS_DIR: z.string().min(1),
  FIRESTEEL_DATA_DIR: z.string().min(1),
  FIRESTEEL_ACCOUNT_ID: z
    .string()
    .regex(/^\d{12}$/)
    .default('123456789012'),
  AWS_REGION: z.string().min(1).default('us-east-1'),
  LOG_LEVEL: z.string().default('info'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
});

/** What services with a database and a place on the log have besides. */
export const databaseEnvironment = z.object({
  DATABASE_URL: z.url(),
  KAFKA_BROKERS: z
    .string()
    .min(1)
    .transform((list) => list.split(',')),
  LEDGER_WAKE_PORT: z.coerce.number().int().min(1).max(65_535),
});

/**
 * Parses the environment against a shape.
 * @throws an Error whose message names every variable that is missing or wrong
 */
export function parseEnvironment<Shape extends z.ZodType>(
  shape: Shape,
  environment: Readonly<Record<string, string | undefined>>,
): z.infer<Shape> {
  const parsed = shape.safeParse(environment);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`environment is not complete: ${wrong.join('; ')}`);
}

/** Reads a key that is stored as hex in the secrets folder. */
export const readKey = (secretsDir: string, name: string): Buffer =>
  Buffer.from(readFileSync(join(secretsDir, name), 'utf8').trim(), 'hex');
