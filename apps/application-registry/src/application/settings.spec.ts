import type { ApplicationSettings } from '@firesteel/contracts/events';
import type { Application, ApplicationStatus, UpdateInput } from './application.ts';
import { autoStopIdleMinutes, completed, requireUpdatable, withUpdate } from './settings.ts';

const at = '2026-11-25T10:00:00.000Z';
const inState = (status: ApplicationStatus): Application => ({
  status,
  applicationId: '00f1',
  accountId: '123456789012',
  region: 'us-east-1',
  name: null,
  engine: 'Spark',
  releaseLabel: 'emr-7.12.0',
  architecture: 'X86_64',
  settings: {},
  tags: {},
  stateDetails: null,
  pooled: false,
  requestHash: 'hash',
  createdAt: at,
  updatedAt: at,
});

it.each<[string, ApplicationSettings, number | null]>([
  ['15 minutes unless configured', {}, 15],
  ['15 minutes when only enabled', { autoStopConfiguration: { enabled: true } }, 15],
  ['what is configured', { autoStopConfiguration: { idleTimeoutMinutes: 1 } }, 1],
  ['never', { autoStopConfiguration: { enabled: false, idleTimeoutMinutes: 5 } }, null],
])('stops an idle application after %s', (_name, settings, minutes) => {
  expect(autoStopIdleMinutes(settings)).toBe(minutes);
});

describe('what may change while STARTED (row 15)', () => {
  it.each<[string, UpdateInput]>([
    ['nothing', { settings: {} }],
    ['maximumCapacity', { settings: { maximumCapacity: { cpu: '8 vCPU' } } }],
    ['maxConcurrentRuns', { settings: { schedulerConfiguration: { maxConcurrentRuns: 3 } } }],
    ['an image', { settings: { imageConfiguration: { imageUri: 'image' } } }],
    [
      'images of worker types',
      { settings: { workerTypeSpecifications: { DRIVER: { imageConfiguration: {} } } } },
    ],
  ])('%s', (_member, input) => {
    expect(() => requireUpdatable(inState('STARTED'), input)).not.toThrow();
  });

  it.each<[string, UpdateInput]>([
    ['the release label', { releaseLabel: 'emr-7.13.0', settings: {} }],
    ['the architecture', { architecture: 'ARM64', settings: {} }],
    ['autoStopConfiguration', { settings: { autoStopConfiguration: { enabled: false } } }],
    ['runtimeConfiguration', { settings: { runtimeConfiguration: [] } }],
    ['queueTimeoutMinutes', { settings: { schedulerConfiguration: { queueTimeoutMinutes: 30 } } }],
    ['the scheduler as a whole', { settings: { schedulerConfiguration: null } }],
    [
      'a mixture with one allowed member',
      { settings: { maximumCapacity: {}, networkConfiguration: {} } },
    ],
    [
      'other parts of worker types',
      { settings: { workerTypeSpecifications: { DRIVER: { cpu: '4 vCPU' } } } },
    ],
  ])('not %s', (_member, input) => {
    expect(() => requireUpdatable(inState('STARTED'), input)).toThrow(
      'Only the following configurations can be updated when an application is in STARTED state',
    );
  });

  it.each<ApplicationStatus>(['CREATED', 'STOPPED'])('everything in %s', (status) => {
    const input: UpdateInput = { architecture: 'ARM64', settings: { runtimeConfiguration: [] } };
    expect(() => requireUpdatable(inState(status), input)).not.toThrow();
  });

  it.each<ApplicationStatus>(['CREATING', 'STARTING', 'STOPPING', 'TERMINATED'])(
    'nothing in %s',
    (status) => {
      expect(() => requireUpdatable(inState(status), { settings: {} })).toThrow(
        `Application 00f1 must be in one of the statuses to be updated: [STOPPED, CREATED]. Current status: ${status}`,
      );
    },
  );
});

it.each<[string, ApplicationSettings, ApplicationSettings, ApplicationSettings]>([
  ['keeps what is not named', { a: 1, b: 2 }, { b: 3 }, { a: 1, b: 3 }],
  ['replaces a member whole', { a: { x: 1, y: 2 } }, { a: { x: 3 } }, { a: { x: 3 } }],
  [
    'removes an image with an empty URI',
    { imageConfiguration: { imageUri: 'image' } },
    { imageConfiguration: { imageUri: '' } },
    {},
  ],
  [
    'removes disk encryption with an empty object',
    { diskEncryptionConfiguration: { encryptionKeyArn: 'key' } },
    { diskEncryptionConfiguration: {} },
    {},
  ],
])('an update %s', (_name, settings, changes, result) => {
  expect(withUpdate(settings, changes)).toEqual(result);
});

it('completes a change while STARTED by what may not change now (row 15)', () => {
  const settings = {
    schedulerConfiguration: { maxConcurrentRuns: 15, queueTimeoutMinutes: 30 },
    workerTypeSpecifications: { DRIVER: { imageConfiguration: { imageUri: 'old' } }, EXECUTOR: {} },
    maximumCapacity: { cpu: '4 vCPU', disk: '20 GB' },
  };
  const changes = {
    schedulerConfiguration: { maxConcurrentRuns: 3 },
    workerTypeSpecifications: { DRIVER: { imageConfiguration: { imageUri: 'new' } } },
    maximumCapacity: { cpu: '8 vCPU' },
  };
  expect(completed(settings, changes)).toEqual({
    schedulerConfiguration: { maxConcurrentRuns: 3, queueTimeoutMinutes: 30 },
    workerTypeSpecifications: { DRIVER: { imageConfiguration: { imageUri: 'new' } }, EXECUTOR: {} },
    maximumCapacity: { cpu: '8 vCPU' },
  });
});
