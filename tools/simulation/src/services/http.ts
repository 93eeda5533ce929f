/** Calls between services: the routes themselves, without sockets. Calls and answers are late, or lost. */
import { Refused } from '@firesteel/decider/refused';
import { type Caller, callerHeaders } from '@firesteel/http/caller';
import { type InternalClient, ServiceUnavailable } from '@firesteel/http/internal-client';
import type { Request, Response, Router } from 'express';
import { ZodError } from 'zod';
import type { Agenda } from '../world/agenda.ts';
import type { Life } from '../world/process.ts';

/** A service that answers calls, while it lives. */
export type Answering = { readonly life: Life; readonly routes: Router };

export type HttpOptions = {
  readonly agenda: Agenda;
  /** How long a call or an answer travels, in milliseconds; null: it never arrives. */
  readonly travelMs: () => number | null;
  /** A route failed in a way that nobody foresaw. */
  readonly defect: (error: unknown) => void;
};

/** What an internal call waits at most. */
const timeoutMs = 10_000;

/** Has a router answer a request that never was on a wire. */
const answerOf = (
  routes: Router,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const request = {
      method,
      url: path,
      headers,
      body,
      query: Object.fromEntries(new URL(path, 'http://service').searchParams),
      get: (name: string) => headers[name],
    };
    const response = { json: (value: unknown) => resolve(JSON.parse(JSON.stringify(value))) };
    routes(request as unknown as Request, response as unknown as Response, (error?: unknown) =>
      reject(error ?? new Refused('NotFound', `no route ${method} ${path}`)),
    );
  });

const textOf = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value));

/** A client of a service, whoever answers in its name at the moment. */
export const simulatedClient = (
  service: string,
  answering: () => Answering | undefined,
  { agenda, travelMs, defect }: HttpOptions,
): InternalClient => {
  const away = (): never => {
    throw new ServiceUnavailable(service);
  };
  /** A refusal is an answer; everything else a service says is that it is broken. */
  const failed = (error: unknown): never => {
    if (error instanceof Refused) throw new Refused(error.kind, error.message);
    if (error instanceof ZodError) throw new Refused('Invalid', error.message);
    defect(error);
    return away();
  };
  const travel = async (): Promise<void> => {
    const delayMs = travelMs();
    await agenda.pause(delayMs ?? timeoutMs);
    if (delayMs === null) away();
  };
  const asked = (
    { life, routes }: Answering,
    method: string,
    path: string,
    caller: Caller | undefined,
    body: unknown,
  ): Promise<unknown> =>
    new Promise((resolve, reject) => {
      life.onDeath(() => reject(new ServiceUnavailable(service)));
      agenda.after(timeoutMs, () => reject(new ServiceUnavailable(service)));
      const answer = async (): Promise<unknown> => {
        await life.awake();
        return answerOf(routes, method, path, caller ? callerHeaders(caller) : {}, textOf(body));
      };
      life.run(() => answer().catch(failed).then(resolve, reject));
    });
  return {
    call: async (method, path, { body, caller } = {}) => {
      await travel();
      const target = answering() ?? away();
      const answer = await asked(target, method, path, caller, body);
      await travel();
      return answer;
    },
  };
};
