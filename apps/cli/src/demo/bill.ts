/** What a run costs, line by line. */

import { signedGet } from '@firesteel/aws-protocol/sigv4/signed-get';
import { z } from 'zod';
import type { AwsAccess } from '../state/aws-profile.ts';
import { pause } from '../supervisor/pause.ts';
import { tableLines } from '../terminal/table.ts';

const billSchema = z.object({
  currency: z.string(),
  lines: z.array(
    z.object({
      meter: z.string(),
      quantity: z.string(),
      unitPrice: z.string(),
      amount: z.string(),
    }),
  ),
  total: z.string(),
});

/** Decimal numbers as text, as the billing service gives them: no floating point touches money. */
export type Bill = z.infer<typeof billSchema>;

const patienceMs = 15_000;

/** The run's bill; undefined when there is none after 15 s, since a bill follows the end of the last worker. */
export async function readBill(
  access: AwsAccess,
  applicationId: string,
  jobRunId: string,
): Promise<Bill | undefined> {
  const endMs = performance.now() + patienceMs;
  do {
    const bill = billSchema.safeParse(
      await signedGet(
        access,
        `/firesteel/v1/applications/${applicationId}/job-runs/${jobRunId}/bill`,
      ).catch(() => undefined),
    );
    if (bill.success && bill.data.lines.length > 0) return bill.data;
    await pause(300);
  } while (performance.now() < endMs);
  return undefined;
}

/** The bill as a table. */
export function billLines(bill: Bill): string[] {
  const rows = bill.lines.map((line) => [line.meter, line.quantity, line.unitPrice, line.amount]);
  return tableLines(
    [
      { title: 'METER', align: 'left' },
      { title: 'QUANTITY', align: 'right' },
      { title: `${bill.currency} EACH`, align: 'right' },
      { title: bill.currency, align: 'right' },
    ],
    [...rows, ['total', '', '', bill.total]],
  );
}
