/** The registry's fresh answer about one application, as the scheduler needs it with a run. */
import { z } from 'zod';
import type { Allowed, Services } from '../edge/services.ts';

const json = z.record(z.string(), z.json());

const registryAnswer = z.object({
  version: z.number().int(),
  application: z
    .object({
      applicationId: z.string(),
      state: z.string(),
      releaseLabel: z.string(),
      architecture: z.enum(['X86_64', 'ARM64']),
      tags: z.record(z.string(), z.string()).default({}),
      autoStartConfiguration: z.object({ enabled: z.boolean().default(true) }).optional(),
      autoStopConfiguration: z
        .object({ enabled: z.boolean().default(true), idleTimeoutMinutes: z.number().default(15) })
        .optional(),
    })
    .catchall(z.json()),
});

/** What of the answer identifies the application and is no setting. */
const identityMembers = new Set([
  'applicationId',
  'arn',
  'name',
  'state',
  'stateDetails',
  'type',
  'releaseLabel',
  'architecture',
  'createdAt',
  'updatedAt',
  'tags',
]);

export type ApplicationReading = {
  readonly applicationId: string;
  readonly version: number;
  readonly state: string;
  readonly releaseLabel: string;
  readonly architecture: 'X86_64' | 'ARM64';
  readonly settings: z.infer<typeof json>;
  /** A run's cost is attributed by them, and by its own. */
  readonly tags: Readonly<Record<string, string>>;
  readonly autoStart: boolean;
  readonly autoStopIdleMinutes: number | null;
};

export const applicationPath = (applicationId: string): string =>
  `/v1/applications/${encodeURIComponent(applicationId)}`;

/** @throws Refused when the caller has no such application */
export async function readApplication(
  services: Services,
  { caller }: Allowed,
  applicationId: string,
): Promise<ApplicationReading> {
  const { version, application } = registryAnswer.parse(
    await services.registry.call('GET', applicationPath(applicationId), { caller }),
  );
  const { state, releaseLabel, architecture, tags } = application;
  const { autoStartConfiguration, autoStopConfiguration } = application;
  const stop = autoStopConfiguration ?? { enabled: true, idleTimeoutMinutes: 15 };
  return {
    applicationId: application.applicationId,
    version,
    state,
    releaseLabel,
    architecture,
    tags,
    settings: json.parse(
      Object.fromEntries(
        Object.entries(application).filter(([name]) => !identityMembers.has(name)),
      ),
    ),
    autoStart: autoStartConfiguration?.enabled ?? true,
    autoStopIdleMinutes: stop.enabled ? stop.idleTimeoutMinutes : null,
  };
}
