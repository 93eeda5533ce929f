import { createHmac } from 'node:crypto';

const DIGITS = 14;
const RADIX = 36n;

/**
 * Derives the id of what a request creates: `00` and 14 characters of `[0-9a-z]`, as AWS' ids look
 * (`00f1cbsc6anuij25`). The same key and parts give the same id, so a repeated client token meets
 * the same stream. Parts are length-prefixed: no two lists of parts are read as one another.
 */
export function deriveId(key: Uint8Array, ...parts: string[]): string {
  const mac = createHmac('sha256', key);
  for (const part of parts) {
    const bytes = Buffer.from(part, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    mac.update(length).update(bytes);
  }
  const number = BigInt(`0x${mac.digest('hex')}`) % RADIX ** BigInt(DIGITS);
  return `00${number.toString(36).padStart(DIGITS, '0')}`;
}

/** Where an ARN's resource lives; the partition is `aws` unless said. */
export type ArnScope = { region: string; accountId: string; partition?: string };

/** The ARN of an application: `arn:aws:emr-serverless:<region>:<account>:/applications/<id>`. */
export const applicationArn = (
  { region, accountId, partition = 'aws' }: ArnScope,
  applicationId: string,
): string =>
  `arn:${partition}:emr-serverless:${region}:${accountId}:/applications/${applicationId}`;

/** The ARN of a job run, below its application's. */
export const jobRunArn = (scope: ArnScope, applicationId: string, jobRunId: string): string =>
  `${applicationArn(scope, applicationId)}/jobruns/${jobRunId}`;

/** The ARN of a session, below its application's. */
export const sessionArn = (scope: ArnScope, applicationId: string, sessionId: string): string =>
  `${applicationArn(scope, applicationId)}/sessions/${sessionId}`;

/** What an EMR Serverless ARN names. */
export type ParsedArn = Required<ArnScope> & { applicationId: string } & (
    | { kind: 'application' }
    | { kind: 'jobRun'; jobRunId: string }
    | { kind: 'session'; sessionId: string }
  );

const ARN =
  /^arn:(?<partition>aws[a-zA-Z0-9-]*):emr-serverless:(?<region>[a-z0-9-]+):(?<accountId>\d{12}):\/applications\/(?<applicationId>[0-9a-zA-Z]+)(?:\/(?<collection>jobruns|sessions)\/(?<id>[0-9a-zA-Z]+))?$/;

/** Reads an ARN of an application, job run or session; undefined when it is none. */
export function parseArn(arn: string): ParsedArn | undefined {
  const groups = ARN.exec(arn)?.groups;
  if (groups === undefined) return undefined;
  const { partition = '', region = '', accountId = '', applicationId = '' } = groups;
  const { collection, id = '' } = groups;
  const scope = { partition, region, accountId, applicationId };
  if (collection === 'jobruns') return { ...scope, kind: 'jobRun', jobRunId: id };
  if (collection === 'sessions') return { ...scope, kind: 'session', sessionId: id };
  return { ...scope, kind: 'application' };
}
