/** `firesteel capacity <application>`: who holds what, who waits for what, and what it costs. */
import { applicationCapacity, knownApplication, readAnswer } from '../operator/answers.ts';
import { capacityLines, capacityReport } from '../operator/capacity-lines.ts';
import { pricesInEffect } from '../operator/prices.ts';
import { operatorOf, serviceClient } from '../operator/services.ts';
import { priceListAnswer } from '../operator/statements.ts';
import type { CommandContext } from './context.ts';
import { mustBeUp } from './must-be-up.ts';

/** @returns the exit code */
export async function capacityCommand(
  context: CommandContext,
  applicationId: string,
  json: boolean,
): Promise<number> {
  const { config, layout, say, paint } = context;
  await mustBeUp(layout);
  const path = `/v1/applications/${encodeURIComponent(applicationId)}`;
  const caller = operatorOf(config.accountId);
  // Asked first: capacity knows no application of which it has never heard, and the registry does.
  const known = await serviceClient(layout, 'application-registry').call('GET', path, { caller });
  const [answer, published] = await Promise.all([
    serviceClient(layout, 'capacity').call('GET', `${path}/capacity`),
    serviceClient(layout, 'billing').call('GET', '/v1/price-lists'),
  ]);
  const { region, accountId } = config;
  const { priceLists } = readAnswer(priceListAnswer, published);
  const prices = pricesInEffect(priceLists, { region, accountId, at: new Date() });
  const view = readAnswer(applicationCapacity, answer);
  const { application } = readAnswer(knownApplication, known);
  const lines = (): string[] => capacityLines(application, view, prices, Date.now(), paint);
  if (json) say(JSON.stringify(capacityReport(view, prices), null, 2));
  else for (const line of lines()) say(line);
  return 0;
}
