/**
 * Where Firesteel accepts more than the service model says, with the row of the decided behaviours
 * that says so. `pattern: null` drops the model's pattern; lengths and sizes stay as modelled.
 */
export type Relaxation = {
  service: string;
  shape: string;
  row: number;
  pattern: string | null;
  why: string;
};

const anyId = 'an id that cannot exist is not found; only an empty or too long one is invalid';
const anySpelling = 'worker types are spelled differently by field and by client';

export const RELAXATIONS: readonly Relaxation[] = [
  ...['ApplicationId', 'JobRunId', 'SessionId', 'ResourceId'].map((shape) => ({
    service: 'emr-serverless',
    shape,
    row: 9,
    pattern: null,
    why: anyId,
  })),
  ...['WorkerTypeString', 'LogTypeString'].map((shape) => ({
    service: 'emr-serverless',
    shape,
    row: 19,
    pattern: '[a-zA-Z][a-zA-Z_-]*[a-zA-Z]',
    why: anySpelling,
  })),
  {
    service: 'emr-serverless',
    shape: 'ImageUri',
    row: 28,
    pattern: '[A-Za-z0-9][A-Za-z0-9._:/@-]*',
    why: 'images come from any registry, not from ECR only',
  },
  {
    service: 'emr-serverless',
    shape: 'PrometheusUrlString',
    row: 28,
    pattern: 'https?://[^\\s/]+(?:/\\S*)?',
    why: 'metrics may go to any remote-write endpoint',
  },
];

/**
 * Row 20 needs no entry: the vendored model's `ResourceArn` includes sessions. A test holds it to
 * that, should a later model drop them.
 */
export function relaxedPattern(
  service: string,
  shapeName: string,
  modelled: string | undefined,
): string | undefined {
  const relaxation = RELAXATIONS.find(
    (candidate) => candidate.service === service && candidate.shape === shapeName,
  );
  return relaxation === undefined ? modelled : (relaxation.pattern ?? undefined);
}
