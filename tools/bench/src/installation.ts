/** What of set-up's installation the bench needs. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The release label whose runtime all three ways use. */
export const releaseLabel = 'emr-7.13.0';

const shape = z.object({
  javaHome: z.string(),
  javaBin: z.string(),
  examplesJar: z.string(),
  kafka: z.object({ libDir: z.string() }),
  runtimes: z.record(z.string(), z.object({ sparkVersion: z.string(), sparkHome: z.string() })),
});

/** All paths are absolute. */
export type Installation = {
  readonly javaHome: string;
  readonly javaBin: string;
  readonly sparkHome: string;
  readonly sparkVersion: string;
  readonly examplesJar: string;
  readonly kafka: { readonly libDir: string };
};

/** @throws Error when set-up has not run, or has no runtime of the label */
export function readInstallation(file: string): Installation {
  const { runtimes, javaHome, javaBin, examplesJar, kafka } = shape.parse(
    JSON.parse(readFileSync(file, 'utf8')),
  );
  const runtime = runtimes[releaseLabel];
  if (runtime === undefined)
    throw new Error(`The runtime ${releaseLabel} is not installed: run \`npm run setup\`.`);
  return { javaHome, javaBin, examplesJar, kafka, ...runtime };
}
