/** Which release labels a CreateApplication may name (behaviours row 27, reference emr-serverless §8). */
import { Refused } from '@firesteel/decider/refused';

/** The newest minor of every line AWS has released for EMR Serverless, and the first. */
const lines: readonly { readonly prefix: string; readonly from: number; readonly to: number }[] = [
  { prefix: 'emr-6', from: 6, to: 15 },
  { prefix: 'emr-7', from: 0, to: 14 },
  { prefix: 'emr-spark-8', from: 0, to: 1 },
];

/** The one label that AWS released outside of its own pattern. */
const preview = 'emr-spark-8.0-preview';

const pattern = /^(emr-\d+|emr-spark-\d+)\.(\d+)\.0(?:-latest|-\d{8})?$/;

/** Engines of a line: the `emr-spark` line has no Hive. */
const hasEngine = (releaseLabel: string, engine: 'Spark' | 'Hive'): boolean =>
  engine === 'Spark' || !releaseLabel.startsWith('emr-spark');

/**
 * @throws Refused when AWS never released such a label for the engine
 */
export function requireReleased(engine: 'Spark' | 'Hive', releaseLabel: string): void {
  const [, prefix = '', minor = ''] = pattern.exec(releaseLabel) ?? [];
  const line = lines.find((candidate) => candidate.prefix === prefix);
  const released =
    releaseLabel === preview || (line && Number(minor) >= line.from && Number(minor) <= line.to);
  if (!released || !hasEngine(releaseLabel, engine))
    throw new Refused(
      'Invalid',
      `Type '${engine.toUpperCase()}' is not supported for release label '${releaseLabel}' or release label does not exist`,
    );
}

/**
 * The engine of a `type` in any letter case (behaviours row 10).
 * @throws Refused for anything but Spark and Hive
 */
export function engineOf(type: string): 'Spark' | 'Hive' {
  const engine = (['Spark', 'Hive'] as const).find(
    (known) => known.toLowerCase() === type.toLowerCase(),
  );
  if (!engine) throw new Refused('Invalid', `Unsupported engine ${type}`);
  return engine;
}
