/**
 * Statements as a cost and usage dataset of FOCUS 1.2 (FinOps Open Cost and Usage Specification): every mandatory
 * column, and of the others those that say something here. A column with nothing to say is empty (null).
 *
 * A run is the resource with job-level cost allocation, else its application, as in AWS. GB are 2^30 bytes, which
 * FOCUS calls GiB. List and contracted prices are those that were charged: a rate card is its account's list.
 */
import type { Statement, StatementLine } from '../operator/statements.ts';
import { hoursText } from './amounts.ts';

/** Enough that quantity times price is the cost, whatever the price. */
const quantityPlaces = 15;

const skus: Readonly<
  Record<StatementLine['meter'], readonly [id: string, meter: string, unit: string]>
> = {
  'vCPU-hours': ['vcpu-hour', 'vCPU usage', 'Core-Hours'],
  'memory GB-hours': ['memory-gb-hour', 'Memory usage', 'GiB-Hours'],
  'storage GB-hours': ['storage-gb-hour', 'Ephemeral storage usage', 'GiB-Hours'],
};

type Row = Readonly<Record<string, string | null>>;

/** When the month of a statement begins and ends, exclusive. */
function periodOf(month: string): { readonly start: string; readonly end: string } {
  const end = new Date(`${month}-01T00:00:00Z`);
  end.setUTCMonth(end.getUTCMonth() + 1);
  return { start: `${month}-01T00:00:00Z`, end: end.toISOString().replace('.000Z', 'Z') };
}

function resourceOf({ accountId, payers }: Statement, line: StatementLine): Row {
  const payer = payers[line.payerId];
  const byRun = line.jobRunId !== null && payer?.jobLevelCostAllocation === true;
  const application = `/applications/${line.applicationId}`;
  const path = byRun ? `${application}/jobruns/${line.jobRunId}` : application;
  return {
    ResourceId: `arn:aws:emr-serverless:${payer?.region ?? ''}:${accountId}:${path}`,
    ResourceName: (byRun ? payer?.name : payer?.applicationName) ?? null,
    ResourceType: byRun ? 'Job run' : 'Application',
    RegionId: payer?.region ?? null,
    RegionName: payer?.region ?? null,
    Tags: payer === undefined ? null : JSON.stringify(payer.tags),
    x_JobRunId: line.jobRunId,
  };
}

function rowOf(statement: Statement, line: StatementLine): Row {
  const { accountId, currency, month, issued } = statement;
  const { start, end } = periodOf(month);
  const [sku, skuMeter, unit] = skus[line.meter];
  const quantity = hoursText(line.meter, BigInt(line.unitMs), quantityPlaces);
  const whose =
    line.jobRunId === null ? 'pre-initialised workers while idle' : 'workers of a job run';
  return {
    BilledCost: line.amount,
    BillingAccountId: accountId,
    BillingAccountName: null,
    BillingCurrency: currency,
    BillingPeriodEnd: end,
    BillingPeriodStart: start,
    ChargeCategory: 'Usage',
    ChargeClass: line.kind === 'correction' ? 'Correction' : null,
    ChargeDescription: `${skuMeter} of ${whose}`,
    ChargeFrequency: 'Usage-Based',
    ChargePeriodEnd: end,
    ChargePeriodStart: start,
    ConsumedQuantity: quantity,
    ConsumedUnit: unit,
    ContractedCost: line.amount,
    ContractedUnitPrice: line.unitPrice,
    EffectiveCost: line.amount,
    InvoiceId: issued && `${accountId}.${month}.${issued.revision}`,
    InvoiceIssuerName: 'Firesteel',
    ListCost: line.amount,
    ListUnitPrice: line.unitPrice,
    PricingCategory: 'Standard',
    PricingQuantity: quantity,
    PricingUnit: unit,
    ProviderName: 'Firesteel',
    PublisherName: 'Firesteel',
    ServiceCategory: 'Analytics',
    ServiceName: 'EMR Serverless',
    ServiceSubcategory: 'Data Processing',
    SkuId: sku,
    SkuMeter: skuMeter,
    SkuPriceId: `${line.priceListId}.${sku}`,
    ...resourceOf(statement, line),
  };
}

/** Every column of the dataset, as in the first of its rows. */
export const focusColumns: readonly string[] = [
  'BilledCost',
  'BillingAccountId',
  'BillingAccountName',
  'BillingCurrency',
  'BillingPeriodEnd',
  'BillingPeriodStart',
  'ChargeCategory',
  'ChargeClass',
  'ChargeDescription',
  'ChargeFrequency',
  'ChargePeriodEnd',
  'ChargePeriodStart',
  'ConsumedQuantity',
  'ConsumedUnit',
  'ContractedCost',
  'ContractedUnitPrice',
  'EffectiveCost',
  'InvoiceId',
  'InvoiceIssuerName',
  'ListCost',
  'ListUnitPrice',
  'PricingCategory',
  'PricingQuantity',
  'PricingUnit',
  'ProviderName',
  'PublisherName',
  'RegionId',
  'RegionName',
  'ResourceId',
  'ResourceName',
  'ResourceType',
  'ServiceCategory',
  'ServiceName',
  'ServiceSubcategory',
  'SkuId',
  'SkuMeter',
  'SkuPriceId',
  'Tags',
  'x_JobRunId',
];

/** A row for each line, in the order of `focusColumns`. */
export const focusRows = (statements: readonly Statement[]): (string | null)[][] =>
  statements.flatMap((statement) =>
    statement.lines.map((line) => {
      const row = rowOf(statement, line);
      return focusColumns.map((column) => row[column] ?? null);
    }),
  );
