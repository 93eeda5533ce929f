import { paintWith } from '../terminal/paint.ts';
import { runtimeLines } from './runtime.ts';

it('shows what is installed, what is not, and what stands in for what', () => {
  const installed = { state: 'installed', sparkVersion: '3.5.6', bytes: 895e6 } as const;
  const lines = runtimeLines(
    [
      { ...installed, label: 'emr-6.9.0', line: 'emr-7.13.0' },
      { ...installed, label: 'emr-7.13.0', line: 'emr-7.13.0' },
      {
        label: 'emr-spark-8.0.0',
        line: 'emr-spark-8.0.0',
        state: 'available',
        sparkVersion: '4.1.4',
        bytes: 1.1e9,
      },
    ],
    paintWith(false),
  );
  expect(lines).toEqual([
    'LABEL            SPARK  STATE                 SIZE',
    'emr-6.9.0        3.5.6  installed           895 MB  emr-7.13.0 in its place',
    'emr-7.13.0       3.5.6  installed           895 MB',
    'emr-spark-8.0.0  4.1.4  available  1.1 GB to fetch  firesteel runtime add emr-spark-8.0.0',
  ]);
});
