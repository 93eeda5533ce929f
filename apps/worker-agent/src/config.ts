/** Everything the worker-agent reads from its environment, in one place. */
import { availableParallelism, totalmem } from 'node:os';
import { commonEnvironment, parseEnvironment } from '@firesteel/service/environment';
import { z } from 'zod';

const bytesPerMb = 1_048_576;
/** What the control plane, Kafka and PostgreSQL of a one-machine installation keep for themselves. */
const memoryShareOfWorkers = 0.8;

const environmentSchema = commonEnvironment.extend({
  CAPACITY_URL: z.url(),
  IAM_AUTHORIZER_URL: z.url(),
  S3_ENDPOINT: z.url(),
  /** The gateway, for SDKs inside jobs; S3 has its own variable. */
  AWS_ENDPOINT_URL: z.url().optional(),
  ZONE: z.string().min(1).default('zone-a'),
  WORKER_SCALE: z.coerce.number().positive().max(1).default(1),
  /** Overrides of what this machine offers, in AWS' sizes. */
  WORKER_VCPU: z.coerce.number().positive().optional(),
  WORKER_MEMORY_MB: z.coerce.number().positive().optional(),
  FIRESTEEL_INSTALLATION: z.string().min(1),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
});

/** A default job: one driver and three executors of 4 vCPU, and AWS' own default quota of an account. */
const leastVcpu = 16;

/** Unlike memory, processors are shared by weight: a small machine may hold more vCPUs than it has. */
export const vcpuOf = (processors: number, workerScale: number): number =>
  Math.max(leastVcpu, Math.floor(processors / workerScale));

/**
 * Configuration of one worker-agent.
 * `capacity` is in AWS' sizes: the machine's own divided by `workerScale`, with room for one default job.
 */
export type WorkerAgentConfig = {
  /** Loopback port for drivers and credentials; fixed, so that drivers survive a restart of the agent. */
  readonly port: number;
  /** A socket of that port, from a supervisor that keeps it open; undefined: the agent opens the port itself. */
  readonly listenFd?: number | undefined;
  readonly capacityUrl: string;
  readonly iamAuthorizerUrl: string;
  readonly s3Endpoint: string;
  readonly awsEndpoint: string | null;
  readonly region: string;
  readonly zone: string;
  readonly workerScale: number;
  readonly capacity: { readonly vcpu: number; readonly memoryMb: number };
  readonly dataDir: string;
  /** Path of installation.json, written by set-up. */
  readonly installationFile: string;
  readonly secretsDir: string;
  /** PATH of the workers. */
  readonly searchPath: string;
  readonly logLevel: string;
  /** Where traces go; undefined for nowhere. */
  readonly otlpEndpoint: string | undefined;
};

/** Parses an environment. Throws an Error that names every variable that is missing or wrong. */
export const parseConfig = (environment: {
  readonly [name: string]: string | undefined;
}): WorkerAgentConfig => {
  const given = parseEnvironment(environmentSchema, environment);
  const memoryMb = (totalmem() * memoryShareOfWorkers) / bytesPerMb;
  return {
    port: given.PORT,
    listenFd: given.LISTEN_FD,
    capacityUrl: given.CAPACITY_URL,
    iamAuthorizerUrl: given.IAM_AUTHORIZER_URL,
    s3Endpoint: given.S3_ENDPOINT,
    awsEndpoint: given.AWS_ENDPOINT_URL ?? null,
    region: given.AWS_REGION,
    zone: given.ZONE,
    workerScale: given.WORKER_SCALE,
    capacity: {
      vcpu: given.WORKER_VCPU ?? vcpuOf(availableParallelism(), given.WORKER_SCALE),
      memoryMb: given.WORKER_MEMORY_MB ?? Math.floor(memoryMb / given.WORKER_SCALE),
    },
    dataDir: given.FIRESTEEL_DATA_DIR,
    installationFile: given.FIRESTEEL_INSTALLATION,
    secretsDir: given.FIRESTEEL_SECRETS_DIR,
    searchPath: given.PATH,
    logLevel: given.LOG_LEVEL,
    otlpEndpoint: given.OTEL_EXPORTER_OTLP_ENDPOINT,
  };
};

/** The configuration of this process. Throws as {@link parseConfig}. */
export const readConfig = (): WorkerAgentConfig => parseConfig(process.env);
