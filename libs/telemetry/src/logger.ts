/** Structured logs on stdout, with what AWS calls sensitive masked (reference emr-serverless §1.1). */
import { type Logger, type LoggerOptions, pino } from 'pino';

export type { Logger } from 'pino';

const sensitiveMembers = [
  'entryPoint',
  'entryPointArguments',
  'sparkSubmitParameters',
  'query',
  'initQueryFile',
  'parameters',
  'properties',
  'secretAccessKey',
  'sessionToken',
  'sparkSecret',
  'authorization',
  'secretSealed',
];
const paths = sensitiveMembers.flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
  `*.*.*.${name}`,
]);

/** How lines look: the service's name, ISO times, sensitive members `***` down to four levels. */
export const loggerOptions = (service: string, level = 'info'): LoggerOptions => ({
  level,
  base: { service },
  timestamp: pino.stdTimeFunctions.isoTime,
  redact: { paths, censor: '***' },
});

/** A logger on standard output. */
export const createLogger = (service: string, level?: string): Logger =>
  pino(loggerOptions(service, level));
