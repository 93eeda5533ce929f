/** Statements as text; the FOCUS dataset is held to the rules of FOCUS 1.2 that concern its columns. */
import type { Statement, StatementAnswer, StatementLine } from '../operator/statements.ts';
import { focusColumns, focusRows } from './focus.ts';
import { groupedLines, groupingOf, totalE10 } from './grouping.ts';
import { formatOf, statementText } from './text.ts';

const line = (change: Partial<StatementLine>): StatementLine => ({
  kind: 'usage',
  payerId: 'run',
  applicationId: 'app',
  jobRunId: 'run',
  priceListId: 'us-east-1.x86_64.2023-02-01',
  meter: 'vCPU-hours',
  unitMs: '600000',
  amountE10: '87706667',
  quantity: '0.166667',
  unitPrice: '0.052624',
  amount: '0.0087706667',
  ...change,
});
const pool = { payerId: 'application-app', jobRunId: null };
const memory = { meter: 'memory GB-hours', unitPrice: '0.0057785' } as const;
const statement: Statement = {
  accountId: '123456789012',
  month: '2026-12',
  currency: 'USD',
  throughSeq: 9,
  asKnownAt: null,
  issued: { revision: 1, throughSeq: 7, digest: 'd', at: '2027-01-01T06:00:00Z', intact: true },
  lines: [
    line({}),
    line({ ...memory, unitMs: '2457600000', amountE10: '38523333', amount: '0.0038523333' }),
    line({ ...pool, unitMs: '120000', amountE10: '17541333', amount: '0.0017541333' }),
    line({ kind: 'correction', unitMs: '-60000', amountE10: '-8770667', amount: '-0.0008770667' }),
  ],
  corrections: [
    {
      correctionId: 'c',
      usageId: 'u',
      payerId: 'run',
      knownAt: '2027-01-02T00:00:00Z',
      reason: 'its clock was wrong',
      by: 'ops',
      added: [{ meter: 'vCPU-hours', unitMs: '-60000' }],
    },
  ],
  total: '0.0135000666',
  digest: 'e',
  payers: {
    run: {
      region: 'us-east-1',
      name: 'daily, "late"',
      applicationName: 'etl',
      tags: { team: 'bi' },
      jobLevelCostAllocation: true,
    },
    'application-app': {
      region: 'us-east-1',
      name: 'etl',
      applicationName: 'etl',
      tags: { team: 'data' },
      jobLevelCostAllocation: true,
    },
  },
};
const answer: StatementAnswer = {
  month: '2026-12',
  throughSeq: 9,
  heldBack: null,
  statements: [statement],
};

it.each(['run', 'application', 'tag:team', 'tag:nobody'])('has one total by %s', (by) => {
  expect(totalE10(groupedLines([statement], groupingOf(by)))).toBe(135_000_666n);
});

it('groups by a tag, and shows what has none of it', () => {
  const groups = (by: string) => [
    ...new Set(groupedLines([statement], groupingOf(by)).map(({ group }) => group)),
  ];
  expect([groups('tag:team'), groups('tag:stage')]).toEqual([['bi', 'data'], ['(none)']]);
});

it('prints a table and CSV with the corrections in sight', () => {
  const table = statementText(answer, 'table', 'run');
  expect(table[0]).toBe('123456789012 2026-12: revision 1, issued 2027-01-01T06:00:00Z');
  expect(table.find((text) => text.includes('(correction)'))).toContain('-0.0008770667');
  expect(table.at(-2)).toMatch(/^total +0\.0135000666$/);
  expect(table.at(-1)).toBe(
    '123456789012 run: corrected 2027-01-02T00:00:00Z by ops: -0.016667 vCPU-hours (its clock was wrong; usage u)',
  );
  expect(statementText(answer, 'csv', 'run')[4]).toBe(
    '123456789012,correction,run,us-east-1.x86_64.2023-02-01,vCPU-hours,-0.016667,0.052624,-0.0008770667',
  );
});

it.each([() => groupingOf('month'), () => formatOf('xml')])('refuses what there is not', (read) => {
  expect(read).toThrow(/takes .*is none/);
});

/** Columns of FOCUS 1.2 that every dataset has; those of the second kind may be null. */
const mandatory = [
  ...[
    'BilledCost',
    'BillingAccountId',
    'BillingCurrency',
    'BillingPeriodEnd',
    'BillingPeriodStart',
  ],
  ...['ChargeCategory', 'ChargePeriodEnd', 'ChargePeriodStart', 'ContractedCost', 'EffectiveCost'],
  ...[
    'InvoiceIssuerName',
    'ListCost',
    'ProviderName',
    'PublisherName',
    'ServiceCategory',
    'ServiceName',
  ],
];
const nullable = [
  ...['BillingAccountName', 'ChargeClass', 'ChargeDescription', 'PricingQuantity', 'PricingUnit'],
];
const allowed: Readonly<Record<string, readonly (string | null)[]>> = {
  ChargeCategory: ['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'],
  ChargeClass: ['Correction', null],
  ChargeFrequency: ['One-Time', 'Recurring', 'Usage-Based'],
  PricingCategory: ['Standard', 'Dynamic', 'Committed', 'Other'],
  ServiceCategory: ['Analytics'],
  ServiceSubcategory: ['Data Processing'],
};
const decimals = focusColumns.filter((name) => /(Cost|Quantity|UnitPrice)$/.test(name));
const dates = focusColumns.filter((name) => /Period(Start|End)$/.test(name));

describe('the FOCUS dataset', () => {
  const rows = focusRows([statement]).map((row) =>
    Object.fromEntries(focusColumns.map((column, at) => [column, row[at] ?? null])),
  );

  it('has every mandatory column, null only where it may be', () => {
    expect(focusColumns).toEqual(expect.arrayContaining([...mandatory, ...nullable]));
    for (const row of rows)
      for (const column of mandatory)
        expect([column, row[column]]).toEqual([column, expect.any(String)]);
  });

  it('has numbers, moments, tags and words as FOCUS writes them', () => {
    for (const row of rows) {
      for (const name of decimals) expect(row[name]).toMatch(/^-?\d+(\.\d+)?$/);
      for (const name of dates) expect(row[name]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      for (const [name, words] of Object.entries(allowed)) expect(words).toContain(row[name]);
      expect(Object.values(JSON.parse(row['Tags'] ?? ''))).toEqual([expect.any(String)]);
      for (const name of focusColumns) expect(row[name]).not.toBe('');
    }
  });

  it('sums to the statement, and quantity times price is the cost', () => {
    const e10 = (text: string | null | undefined) => BigInt((text ?? '').replace('.', ''));
    expect(rows.reduce((sum, row) => sum + e10(row['BilledCost']), 0n)).toBe(135_000_666n);
    for (const row of rows.filter(({ ChargeClass }) => ChargeClass === null))
      expect(Number(row['PricingQuantity']) * Number(row['ListUnitPrice'])).toBeCloseTo(
        Number(row['ListCost']),
        9,
      );
  });

  it('has the run for its resource with job-level cost allocation, else the application', () => {
    const without = { ...statement.payers['run'], jobLevelCostAllocation: false };
    const [row] = focusRows([{ ...statement, payers: { run: without } as Statement['payers'] }]);
    const of = (name: string) => row?.[focusColumns.indexOf(name)];
    expect([rows[0]?.['ResourceId'], rows[0]?.['ResourceType']]).toEqual([
      'arn:aws:emr-serverless:us-east-1:123456789012:/applications/app/jobruns/run',
      'Job run',
    ]);
    expect(of('ResourceId')).toBe(
      'arn:aws:emr-serverless:us-east-1:123456789012:/applications/app',
    );
  });

  it('ends a December with its year', () => {
    expect(rows[0]).toMatchObject({ BillingPeriodEnd: '2027-01-01T00:00:00Z' });
  });
});
