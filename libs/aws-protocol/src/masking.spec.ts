import { maskSensitive } from './masking.ts';
import { loadModel } from './service-model.ts';

it('masks sensitive values wherever they are, and nothing else', () => {
  const input = {
    name: 'nightly',
    tags: { team: 'data' },
    jobDriver: {
      sparkSubmit: { entryPoint: 's3://b/a.py', entryPointArguments: ['--password', 'x'] },
    },
    configurationOverrides: {
      applicationConfiguration: [{ classification: 'spark-defaults', properties: { k: 'secret' } }],
    },
    unknown: 'secret',
  };
  expect(maskSensitive(loadModel('emr-serverless'), 'StartJobRunRequest', input)).toEqual({
    name: 'nightly',
    tags: { team: 'data' },
    jobDriver: {
      sparkSubmit: {
        entryPoint: '***SENSITIVE***',
        entryPointArguments: ['***SENSITIVE***', '***SENSITIVE***'],
      },
    },
    configurationOverrides: {
      applicationConfiguration: [
        { classification: 'spark-defaults', properties: '***SENSITIVE***' },
      ],
    },
  });
});
