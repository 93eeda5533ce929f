/** Structured logs on stdout, with what AWS calls sensitive masked (reference emr-serverless §1.1). */
import { type Logger, pino } from 'pino';

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

/** A logger whose lines name the service; sensitive members become `***` down to four levels. */
export const createLogger = (service: string, level = 'info'): Logger =>
  pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths, censor: '***' },
  });
