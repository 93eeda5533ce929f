/** What services tell their operator: who holds what and waits for what, zones, accounts, decisions. */
import { z } from 'zod';

const size = z.object({ vcpu: z.number(), memoryMb: z.number(), diskGb: z.number() });

/** One worker that is, or is to be, a process; `since` is when it was asked for. */
const heldWorker = z.object({
  workerId: z.string(),
  workerType: z.string(),
  /** REQUESTED, LAUNCHED, READY, BOUND, or LEAVING: its driver has let it go and it moves its blocks. */
  status: z.string(),
  /** Null for one that idles in the pool. */
  jobRunId: z.string().nullable(),
  attempt: z.number().nullable(),
  zone: z.string(),
  size,
  reason: z.string().nullable(),
  stopReason: z.string().nullable(),
  since: z.string(),
});

/** The answer of `GET /v1/applications/<id>/capacity`; sizes are AWS'. */
export const applicationCapacity = z.object({
  applicationId: z.string(),
  pool: z
    .object({
      status: z.string(),
      zone: z.string().nullable(),
      reason: z.string().nullish(),
      workers: z.array(
        z.object({
          workerType: z.string(),
          count: z.number(),
          ready: z.number(),
          serving: z.number(),
        }),
      ),
    })
    .nullable(),
  workers: z.array(heldWorker),
  waiting: z.array(
    z.object({
      jobRunId: z.string(),
      attempt: z.number(),
      reason: z.string().nullable(),
      since: z.string(),
    }),
  ),
  held: size,
  room: z.object({
    /** Null: the application has no maximumCapacity. */
    application: z
      .object({ vcpu: z.number(), memoryMb: z.number(), diskGb: z.number().nullable() })
      .nullable(),
    zones: z.array(
      z.object({ zone: z.string(), state: z.string(), vcpu: z.number(), memoryMb: z.number() }),
    ),
  }),
  recent: z.array(z.object({ at: z.string(), what: z.string(), reason: z.string().nullable() })),
});
export type ApplicationCapacity = z.infer<typeof applicationCapacity>;
export type HeldWorker = z.infer<typeof heldWorker>;

/** The part of the registry's answer that names an application. */
export const knownApplication = z.object({
  application: z.object({
    applicationId: z.string(),
    name: z.string().nullish(),
    releaseLabel: z.string(),
    state: z.string(),
  }),
});
export type KnownApplication = z.infer<typeof knownApplication>['application'];

/** The zones in the answer of `GET /v1/fleet`; `reason` says why a zone takes no work. */
export const fleetZones = z.object({
  zones: z.array(
    z.object({
      zone: z.string(),
      state: z.string(),
      vcpu: z.number(),
      memoryMb: z.number(),
      reason: z.string().nullish(),
    }),
  ),
});
export type FleetZones = z.infer<typeof fleetZones>;

/** A new account with its root key, which is never told again. */
export const newAccount = z.object({
  accountId: z.string(),
  name: z.string().nullable(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
});
export type NewAccount = z.infer<typeof newAccount>;

/** Every account of the installation; a name is what the operator calls it. */
export const accountList = z.object({
  accounts: z.array(z.object({ accountId: z.string(), name: z.string().nullable() })),
});
export type AccountList = z.infer<typeof accountList>;

/** One answer to one request: who asked for what, and what decided. Times are ISO-8601 UTC. */
const accessDecision = z.object({
  at: z.string(),
  accountId: z.string().nullable(),
  principal: z.string().nullable(),
  service: z.string(),
  action: z.string(),
  resource: z.string(),
  allowed: z.boolean(),
  decidedBy: z.string(),
  sourceIp: z.string(),
  requestId: z.string(),
  accessKeyId: z.string().optional(),
  region: z.string().optional(),
});
export type AccessDecision = z.infer<typeof accessDecision>;

/** The answer of `GET /v1/access`, newest first. */
export const accessDecisions = z.object({ decisions: z.array(accessDecision) });

/**
 * Checks an answer.
 * @throws Error with one sentence when the service is of another version than this command line
 */
export function readAnswer<Shape extends z.ZodType>(shape: Shape, answer: unknown): z.infer<Shape> {
  const parsed = shape.safeParse(answer);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join('.') || 'all of it').join(', ');
  throw new Error(
    `The services answer in another shape than this command line knows (${where}): restart them with \`npm run down\` and \`npm run up\`.`,
  );
}
