import { billLines } from './bill.ts';
import { utilizationText } from './demo.ts';
import { driverLogKey, submitParameters } from './job.ts';

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
