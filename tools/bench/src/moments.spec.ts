import { phasesOf, printedMoment } from './moments.ts';

const evidence = {
  calledAtMs: 1_700_000_000_000,
  acceptedAtMs: 1_700_000_000_040,
  successSeenAtMs: 1_700_000_004_050,
  milestones: {
    milestones: {
      contextReady: 1_700_000_002_000,
      firstExecutor: 1_700_000_003_000,
      firstTask: 1_700_000_003_100,
    },
  },
  visits: {
    jobRun: {},
    visits: [
      { state: 'SUBMITTED', at: '2023-11-14T22:13:20.020Z' },
      { state: 'SCHEDULED', at: '2023-11-14T22:13:20.200Z' },
      { state: 'RUNNING', at: '2023-11-14T22:13:20.900Z' },
      { state: 'SUCCESS', at: '2023-11-14T22:13:24.000Z' },
    ],
  },
  driverOutput: 'hello\nCONTEXT_READY 1700000002100\nFIRST_JOB 1700000003500\n',
};

describe('printedMoment', () => {
  it('finds the word at the start of a line only', () => {
    expect(printedMoment('x CONTEXT_READY 1700000000001\n', 'CONTEXT_READY')).toBeUndefined();
    expect(printedMoment('x\r\nFIRST_JOB 1700000000001\r\n', 'FIRST_JOB')).toBe(1_700_000_000_001);
  });
});

describe('phasesOf', () => {
  it('counts every moment from the call', () => {
    expect(phasesOf(evidence)).toEqual({
      acceptedMs: 40,
      scheduledMs: 200,
      runningMs: 900,
      contextReadyMs: 2100,
      firstExecutorMs: 3000,
      firstTaskMs: 3100,
      firstJobDoneMs: 3500,
      successRecordedMs: 4000,
      successSeenMs: 4050,
    });
  });

  it('falls back to the milestone when the log is not there, and leaves out what is not known', () => {
    const phases = phasesOf({ ...evidence, driverOutput: '', visits: { visits: [] } });
    expect(phases.contextReadyMs).toBe(2000);
    expect(phases.runningMs).toBeUndefined();
    expect(phases.firstJobDoneMs).toBeUndefined();
  });

  it('refuses an answer of another shape', () => {
    expect(() => phasesOf({ ...evidence, milestones: undefined })).toThrow();
  });
});
