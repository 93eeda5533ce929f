/** What billing answers about statements and price lists; money and quantities are decimal text. */
import { z } from 'zod';

const meter = z.enum(['vCPU-hours', 'memory GB-hours', 'storage GB-hours']);

const line = z.object({
  /** A correction is what was learned after the statement was issued. */
  kind: z.enum(['usage', 'correction']),
  payerId: z.string(),
  applicationId: z.string(),
  /** Null: the application pays for its pool. */
  jobRunId: z.string().nullable(),
  priceListId: z.string(),
  meter,
  /** Exact unit-milliseconds, and 10⁻¹⁰ USD. */
  unitMs: z.string(),
  amountE10: z.string(),
  quantity: z.string(),
  unitPrice: z.string(),
  amount: z.string(),
});
export type StatementLine = z.infer<typeof line>;

const payer = z.object({
  region: z.string(),
  name: z.string().nullable(),
  applicationName: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  jobLevelCostAllocation: z.boolean(),
});

const correction = z.object({
  correctionId: z.string(),
  usageId: z.string(),
  payerId: z.string(),
  knownAt: z.string(),
  reason: z.string(),
  by: z.string(),
  added: z.array(z.object({ meter, unitMs: z.string() })),
});
export type UsageCorrection = z.infer<typeof correction>;

const statement = z.object({
  accountId: z.string(),
  month: z.string(),
  currency: z.string(),
  throughSeq: z.number(),
  asKnownAt: z.string().nullable(),
  issued: z
    .object({
      revision: z.number(),
      throughSeq: z.number(),
      digest: z.string(),
      at: z.string(),
      intact: z.boolean(),
    })
    .nullable(),
  lines: z.array(line),
  corrections: z.array(correction).default([]),
  total: z.string(),
  digest: z.string(),
  payers: z.record(z.string(), payer),
});
export type Statement = z.infer<typeof statement>;

/** The answer of `GET /v1/statements/<month>`. */
export const statementAnswer = z.object({
  month: z.string(),
  throughSeq: z.number(),
  /** Why none can be issued just now. */
  heldBack: z.string().nullable(),
  statements: z.array(statement),
});
export type StatementAnswer = z.infer<typeof statementAnswer>;

/** What was issued. */
export const issuedStatement = z.object({
  revision: z.number(),
  digest: z.string(),
  lineCount: z.number(),
  totalE10: z.string(),
});

/** What was corrected. */
export const correctedUsage = z.object({
  usageId: z.string(),
  jobRunId: z.string().nullable(),
  applicationId: z.string(),
  seconds: z.number(),
  added: z.object({ usedSeconds: z.number(), billedSeconds: z.number() }),
});

/** Every published price list; prices in 10⁻¹⁰ USD an hour. */
export const priceListAnswer = z.object({
  priceLists: z.array(
    z.object({
      priceListId: z.string(),
      region: z.string(),
      architecture: z.string(),
      currency: z.string(),
      effectiveFrom: z.string(),
      accountId: z.string().optional(),
      vcpuHourE10: z.number(),
      memoryGbHourE10: z.number(),
      storageGbHourE10: z.number(),
    }),
  ),
});
export type PriceListAnswer = z.infer<typeof priceListAnswer>;
