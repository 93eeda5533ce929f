import type { Writable } from 'node:stream';

/** Names and values of answer headers; undefined ones are not sent. */
export type AnswerHeaders = Readonly<Record<string, string | number | undefined>>;

/** An answer to send: a text, or a stream that is written when the headers are out. */
export type Answer = {
  readonly status: number;
  readonly headers?: AnswerHeaders;
  readonly body?: string;
  readonly stream?: (sink: Writable) => Promise<void>;
  /** Called once the answer is sent or has failed. */
  readonly release?: () => void;
};

/** An XML answer with status 200. */
export const xmlAnswer = (body: string, headers: AnswerHeaders = {}): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/xml', ...headers },
  body,
});

/** An answer without a body. */
export const emptyAnswer = (status: number, headers: AnswerHeaders = {}): Answer => ({
  status,
  headers,
});
