/** `firesteel prices`: price lists and rate cards, and publishing what is to take effect. */
import { readFileSync } from 'node:fs';
import { readAnswer } from '../operator/answers.ts';
import { serviceClient } from '../operator/services.ts';
import { type PriceListAnswer, priceListAnswer } from '../operator/statements.ts';
import { moneyText } from '../statement/amounts.ts';
import { tableLines } from '../terminal/table.ts';
import type { CommandContext } from './context.ts';
import { mustBeUp } from './must-be-up.ts';

/** USD an hour without zeros at the end. */
const priceText = (priceE10: number): string => moneyText(BigInt(priceE10)).replace(/\.?0+$/, '');

/** The lines that `prices list` prints. */
export const priceLines = ({ priceLists }: PriceListAnswer): string[] =>
  tableLines(
    [
      { title: 'PRICE LIST', align: 'left' },
      { title: 'FROM', align: 'left' },
      { title: 'ACCOUNT', align: 'left' },
      { title: 'VCPU-HOUR', align: 'right' },
      { title: 'GB-HOUR', align: 'right' },
      { title: 'STORAGE GB-HOUR', align: 'right' },
    ],
    priceLists.map((list) => [
      list.priceListId,
      list.effectiveFrom,
      list.accountId ?? 'all',
      priceText(list.vcpuHourE10),
      priceText(list.memoryGbHourE10),
      priceText(list.storageGbHourE10),
    ]),
  );

/** @throws Error with one sentence when the file cannot be read or holds no JSON object */
function readList(file: string): object {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} is no price list: ${error instanceof Error ? error.message : error}`);
  }
}

/** @param action `list` or `publish`, which takes a file of JSON @returns the exit code */
export async function pricesCommand(
  { layout, say }: CommandContext,
  action: string,
  file: string,
  json: boolean,
): Promise<number> {
  const body = action === 'publish' ? readList(file) : {};
  await mustBeUp(layout);
  const client = serviceClient(layout, 'billing');
  if (action === 'publish') await client.call('POST', '/v1/price-lists', { body });
  const answer = readAnswer(priceListAnswer, await client.call('GET', '/v1/price-lists'));
  if (json) say(JSON.stringify(answer, null, 2));
  else for (const line of priceLines(answer)) say(line);
  return 0;
}
