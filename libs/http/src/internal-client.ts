/** Calling another of our services: JSON in, JSON out, refusals come back as `Refused`. */
import { Refused } from '@firesteel/decider/refused';
import { currentTraceparent } from '@firesteel/telemetry/spans';
import { z } from 'zod';
import { type Caller, callerHeaders } from './caller.ts';
import { type Exchange, exchange } from './exchange.ts';
import { serviceToken } from './service-token.ts';

/** The other service is away or answered nonsense; the caller may try again. */
export class ServiceUnavailable extends Error {
  constructor(service: string, cause?: unknown) {
    super(`${service} cannot be reached`, { cause });
    this.name = 'ServiceUnavailable';
  }
}

const failure = z.object({
  kind: z.enum(['Invalid', 'NotFound', 'Conflict', 'QuotaExceeded', 'Denied', 'Defect']),
  message: z.string(),
});

type CallOptions = { readonly body?: object; readonly caller?: Caller };

export type InternalClient = {
  /**
   * @throws Refused with the other service's sentence; ServiceUnavailable when it is away or broken
   */
  readonly call: (
    method: 'GET' | 'POST' | 'DELETE' | 'PATCH',
    path: string,
    options?: CallOptions,
  ) => Promise<unknown>;
};

/** How long an internal call may take before its service counts as away. */
const timeoutMs = 10_000;

type ClientOptions = {
  readonly service: string;
  readonly baseUrl: string;
  readonly caller: string;
  readonly serviceKey: Buffer;
};

const requestOf = (
  options: ClientOptions,
  method: string,
  { body, caller }: CallOptions,
): Exchange => {
  const traceparent = currentTraceparent();
  const text = body === undefined ? undefined : JSON.stringify(body);
  return {
    method,
    headers: {
      authorization: serviceToken(options.serviceKey, options.caller),
      ...(caller === undefined ? {} : callerHeaders(caller)),
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: text,
    timeoutMs,
  };
};

/** The refusal in a failed answer, or that the service is broken. */
const failureOf = (service: string, answer: unknown): Error => {
  const parsed = failure.safeParse(answer);
  return parsed.success && parsed.data.kind !== 'Defect'
    ? new Refused(parsed.data.kind, parsed.data.message)
    : new ServiceUnavailable(service, answer);
};

/** A client of one service at `baseUrl`, speaking as `caller`. */
export const internalClient = (options: ClientOptions): InternalClient => ({
  call: async (method, path, call = {}) => {
    const away = (cause: unknown): never => {
      throw new ServiceUnavailable(options.service, cause);
    };
    const url = new URL(path, options.baseUrl);
    const { status, answer } = await exchange(url, requestOf(options, method, call)).catch(away);
    if (status < 200 || status > 299) throw failureOf(options.service, answer);
    return answer;
  },
});
