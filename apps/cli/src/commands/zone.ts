/** `firesteel zone`: which zones there are, and an operator's word that one is not to be used. */
import { type FleetZones, fleetZones, readAnswer } from '../operator/answers.ts';
import { gbText } from '../operator/capacity-lines.ts';
import { serviceClient } from '../operator/services.ts';
import { nearestWord } from '../terminal/nearest-word.ts';
import type { Paint } from '../terminal/paint.ts';
import { tableLines } from '../terminal/table.ts';
import type { CommandContext } from './context.ts';
import { mustBeUp } from './must-be-up.ts';

const defaultReason = 'an operator said so';

/** The lines that `zone list` prints. */
export const zoneLines = ({ zones }: FleetZones, paint: Paint): string[] =>
  tableLines(
    [
      { title: 'ZONE', align: 'left' },
      { title: 'STATE', align: 'left' },
      { title: 'VCPU', align: 'right' },
      { title: 'MEMORY', align: 'right' },
      { title: 'WHY', align: 'left' },
    ],
    zones.map(({ zone, state, vcpu, memoryMb, reason }) => [
      zone,
      state,
      String(vcpu),
      gbText(memoryMb),
      // After a restoration it says why the zone is back, which nobody needs to know here.
      state === 'HEALTHY' ? '' : (reason ?? ''),
    ]),
    (text, row, column) => {
      if (row === -1) return paint.dim(text);
      if (column !== 1) return text;
      return zones[row]?.state === 'HEALTHY' ? paint.green(text) : paint.red(text);
    },
  );

/** @throws Error that names the zones there are */
export function requireZone({ zones }: FleetZones, wanted: string): void {
  const names = zones.map(({ zone }) => zone);
  if (names.includes(wanted)) return;
  const near = nearestWord(wanted, names);
  throw new Error(
    near === undefined
      ? `There is no zone ${wanted}, only ${names.join(', ')}.`
      : `There is no zone ${wanted}. Did you mean \`${near}\`?`,
  );
}

const outcome = (action: string, zone: string): string =>
  action === 'impair'
    ? `${zone} takes no more work; its runs go elsewhere. \`firesteel zone restore ${zone}\` takes it back.`
    : `${zone} takes work again.`;

/**
 * Shows zones, takes one out of use or back into it.
 * @param action `list`, `impair` or `restore`
 * @param zone undefined for `list`
 * @returns the exit code
 */
export async function zoneCommand(
  { layout, say, paint }: CommandContext,
  action: string,
  zone: string | undefined,
  options: { readonly reason: string | undefined; readonly json: boolean },
): Promise<number> {
  await mustBeUp(layout);
  const client = serviceClient(layout, 'capacity');
  const fleet = readAnswer(fleetZones, await client.call('GET', '/v1/fleet'));
  if (zone === undefined) {
    if (options.json) say(JSON.stringify(fleet, null, 2));
    else for (const line of zoneLines(fleet, paint)) say(line);
    return 0;
  }
  // capacity takes an operator's word for a zone that it has not met yet; a slip of the pen is no zone.
  requireZone(fleet, zone);
  await client.call('POST', `/v1/zones/${encodeURIComponent(zone)}/${action}`, {
    body: { reason: options.reason ?? defaultReason },
  });
  say(outcome(action, zone));
  return 0;
}
