/** What set-up has put on this machine: Java, Python and the runtimes of the release labels. */
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';

const runtimeSchema = z.object({
  label: z.string(),
  sparkVersion: z.string(),
  sparkHome: z.string(),
  pythonPath: z.array(z.string()),
  classPath: z.array(z.string()),
  jvmOptions: z.array(z.string()),
  driverArchive: z.string().nullish(),
  executorArchive: z.string().nullish(),
  conf: z.record(z.string(), z.string()),
});

const installationSchema = z.object({
  javaHome: z.string(),
  javaBin: z.string(),
  python: z.string(),
  runtimes: z.record(z.string(), runtimeSchema),
});

/** One release label's contents. `classPath` is in the order in which the archives were made. */
export type Runtime = z.infer<typeof runtimeSchema>;
/** The part of installation.json that starting workers needs. */
export type Installation = z.infer<typeof installationSchema>;

/**
 * A reader of installation.json that reads again only when the file has changed, so that
 * `firesteel runtime add` needs no restart of the agent.
 * The reader throws when the file is missing or is no installation.
 */
export const installationReader = (file: string): (() => Installation) => {
  let known: { readonly mtimeMs: number; readonly installation: Installation } | null = null;
  return () => {
    const { mtimeMs } = statSync(file);
    if (known?.mtimeMs !== mtimeMs) {
      const installation = installationSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
      known = { mtimeMs, installation };
    }
    return known.installation;
  };
};

/** The runtime of a release label; `-latest` and `-YYYYMMDD` name the same runtime as the bare label. */
export const runtimeOf = (installation: Installation, releaseLabel: string): Runtime | null =>
  installation.runtimes[releaseLabel] ??
  installation.runtimes[releaseLabel.replace(/-(latest|\d{8})$/, '')] ??
  null;
