/** `configurationOverrides` over an application's own configuration (reference emr-serverless §3.9). */
import type { Json, JsonObject } from '@firesteel/contracts/events';

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const objects = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** The properties of one classification in a list, or undefined when it is not named there. */
function propertiesIn(
  list: Json | undefined,
  classification: string,
): Record<string, string> | undefined {
  const found = objects(list).filter((entry) => entry['classification'] === classification);
  if (found.length === 0) return undefined;
  const merged = Object.assign(
    {},
    ...found.map((entry) => entry['properties'] ?? {}),
  ) as JsonObject;
  return Object.fromEntries(Object.entries(merged).map(([name, value]) => [name, String(value)]));
}

/**
 * The properties of a classification: the job's list replaces the application's as a whole, empty
 * properties remove it (AWS "default-configs").
 */
export const classificationProperties = (
  classification: string,
  applicationSettings: JsonObject,
  jobOverrides: JsonObject | null,
): Record<string, string> =>
  propertiesIn(jobOverrides?.['applicationConfiguration'], classification) ??
  propertiesIn(applicationSettings['runtimeConfiguration'], classification) ??
  {};

/** Where logs go on S3, or null: the job's s3MonitoringConfiguration replaces the application's; an empty one removes it. */
export function logUriOf(
  applicationSettings: JsonObject,
  jobOverrides: JsonObject | null,
): string | null {
  for (const source of [jobOverrides, applicationSettings]) {
    const monitoring = source?.['monitoringConfiguration'];
    const s3 = isObject(monitoring) ? monitoring['s3MonitoringConfiguration'] : undefined;
    if (isObject(s3))
      return typeof s3['logUri'] === 'string' ? s3['logUri'].replace(/\/+$/, '') : null;
  }
  return null;
}
