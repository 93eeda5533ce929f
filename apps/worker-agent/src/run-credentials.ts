/** Temporary credentials of a bound worker's run, from iam-authorizer, kept until shortly before they end. */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { callHttp, type HttpAnswer, type HttpCall } from './http-call.ts';
import type { BoundRun } from './worker-folder.ts';

const credentialsSchema = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string(),
  expiration: z.string(),
});
/** Credentials of the run's role, cut down to its executionIamPolicy; `expiration` is an ISO time. */
export type RunCredentials = z.infer<typeof credentialsSchema>;

const durationSeconds = 900;
const refreshBeforeMs = 5 * 60_000;
const timeoutMs = 10_000;
/** An SDK reads for five seconds, asks six times without a pause, and then its job fails. */
const patienceMs = 4_000;
const pauseMs = 200;

/** Asks for the credentials of one worker's run. */
export type CredentialsSource = {
  /** Throws with iam-authorizer's words when the role cannot be assumed. */
  readonly of: (workerId: string, run: BoundRun) => Promise<RunCredentials>;
  readonly forget: (workerId: string) => void;
};

/** Credentials, and until when on our monotonic clock they may be handed out: at least five minutes are left then. */
type Kept = { readonly credentials: RunCredentials; readonly untilMs: number };

/** For how long they are good is the giver's word by the giver's clock: ours may be another. */
const untilOf = ({ expiration }: RunCredentials, givenAtMs: number, askedMs: number): number =>
  askedMs + Date.parse(expiration) - givenAtMs - refreshBeforeMs;

/** Asks again while nobody is there, or who is there has trouble: iam-authorizer may be starting. */
const callPatiently = async (call: HttpCall): Promise<HttpAnswer> => {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const late = performance.now() + pauseMs > untilMs;
    try {
      const answer = await callHttp(call);
      if (answer.status < 500 || late) return answer;
    } catch (error) {
      if (late) throw error;
    }
    await pause(pauseMs);
  }
};

/**
 * Credentials from `<iamAuthorizerUrl>/v1/credentials`; simultaneous questions are one request. They are
 * the attempt's own: one that is fenced off gets none any more.
 */
export const credentialsSource = (
  iamAuthorizerUrl: string,
  serviceAuthorization: () => string,
): CredentialsSource => {
  const kept = new Map<string, Kept>();
  const asking = new Map<string, Promise<RunCredentials>>();
  const ask = async (workerId: string, run: BoundRun): Promise<RunCredentials> => {
    const askedMs = performance.now();
    const answer = await callPatiently({
      method: 'POST',
      url: new URL('/v1/credentials', iamAuthorizerUrl).href,
      headers: { 'content-type': 'application/json', authorization: serviceAuthorization() },
      body: JSON.stringify({
        accountId: run.accountId,
        roleArn: run.executionRoleArn,
        sessionName: run.jobRunId,
        policy: run.executionIamPolicy,
        durationSeconds,
        jobRunId: run.jobRunId,
        attempt: run.attempt,
      }),
      timeoutMs,
    });
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
    const credentials = credentialsSchema.parse(JSON.parse(answer.body));
    kept.set(workerId, { credentials, untilMs: untilOf(credentials, answer.at, askedMs) });
    return credentials;
  };
  const askOnce = (workerId: string, run: BoundRun): Promise<RunCredentials> => {
    const pending = asking.get(workerId);
    if (pending !== undefined) return pending;
    const asked = ask(workerId, run).finally(() => asking.delete(workerId));
    asking.set(workerId, asked);
    return asked;
  };
  return {
    of: async (workerId, run) => {
      const known = kept.get(workerId);
      return known !== undefined && performance.now() < known.untilMs
        ? known.credentials
        : await askOnce(workerId, run);
    },
    forget: (workerId) => {
      kept.delete(workerId);
    },
  };
};

/** The JSON that AWS SDKs expect from a container credentials endpoint. */
export const containerCredentials = (credentials: RunCredentials): string =>
  JSON.stringify({
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    // SDKs for Java 1.x parse whole seconds only.
    Expiration: new Date(credentials.expiration).toISOString().replace(/\.\d+/, ''),
  });
