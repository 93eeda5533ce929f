import { billLines } from './bill.ts';
import { utilizationText } from './demo.ts';
import { driverLogKey, submitParameters } from './job.ts';
import { signedHeaders } from './signed-get.ts';

describe('signedHeaders', () => {
  it('signs as an independent implementation does', () => {
    const access = {
      endpointUrl: 'http://127.0.0.1:4580',
      region: 'us-east-1',
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    };
    const at = new Date('2026-11-25T10:11:12.345Z');
    expect(signedHeaders(access, '/firesteel/v1/bills/job-runs/00abc', at)).toEqual({
      host: '127.0.0.1:4580',
      'x-amz-date': '20261125T101112Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261125/us-east-1/firesteel/aws4_request, SignedHeaders=host;x-amz-date, Signature=f1d7e61193c36abf87d69cc6bad510fc44158b8bf8b7980d175adbab459fea7b',
    });
  });
});

describe('submitParameters', () => {
  it('asks for small workers', () => {
    expect(submitParameters('a.B')).toMatch(/^--class a\.B --conf spark\.driver\.cores=1 --conf /);
    expect(submitParameters(undefined)).not.toContain('--class');
  });
});

describe('driverLogKey', () => {
  it('has the layout of AWS', () => {
    expect(driverLogKey('00app', '00run', 'stdout')).toBe(
      'logs/applications/00app/jobs/00run/SPARK_DRIVER/stdout.gz',
    );
  });
});

describe('billLines', () => {
  it('shows each meter and the total', () => {
    const bill = {
      currency: 'USD',
      lines: [
        { meter: 'vCPU-hours', quantity: '0.05', unitPrice: '0.052624', amount: '0.0026312' },
      ],
      total: '0.0026312',
    };
    expect(billLines(bill)).toEqual([
      'METER       QUANTITY  USD EACH        USD',
      'vCPU-hours      0.05  0.052624  0.0026312',
      'total                           0.0026312',
    ]);
  });
});

describe('utilizationText', () => {
  it('copes with a run that has none yet', () => {
    expect(utilizationText({})).toBe('not known yet');
    expect(utilizationText({ billedResourceUtilization: { vCPUHour: 0.05 } })).toMatch(
      /^0\.05 vCPU-hours, 0 GB-hours/,
    );
  });
});
