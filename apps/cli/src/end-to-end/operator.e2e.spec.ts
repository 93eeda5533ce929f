// What an operator sees and does on the machine itself, beside a real installation with two zones.

import { signedGet } from '@firesteel/aws-protocol/sigv4/signed-get';
import { z } from 'zod';
import {
  eventually,
  final,
  type Installation,
  startInstallation,
  submit,
  waitFor,
  workerPids,
} from './installation.ts';
import { busy } from './scripts.ts';

let installation: Installation;
beforeAll(async () => {
  installation = await startInstallation({ ZONES: 'zone-a,zone-b' });
}, 180_000);
afterAll(() => installation?.stop(), 60_000);

const report = z.object({
  workers: z.array(
    z.object({
      workerId: z.string(),
      size: z.object({ vcpu: z.number(), memoryMb: z.number(), diskGb: z.number() }),
    }),
  ),
  held: z.object({ vcpu: z.number() }),
  cost: z.object({
    priceListId: z.string(),
    perSecond: z.string(),
    workers: z.array(z.object({ workerId: z.string(), perSecond: z.string() })),
  }),
});
const bill = z.object({
  priceListId: z.string(),
  lines: z.array(z.object({ meter: z.string(), unitPrice: z.string() })).min(3),
});

it('shows who holds what, at the prices of the bill', async () => {
  const { applicationId, firesteel } = installation;
  const jobRunId = await submit(installation, { script: busy, args: ['30'] });
  await eventually('both executors', () =>
    workerPids(installation, jobRunId).length === 3 ? true : undefined,
  );
  const shown = await eventually('three workers that cost something', () => {
    const seen = report.parse(JSON.parse(firesteel('capacity', applicationId, '--json').output));
    const paid = seen.cost.workers.filter(({ perSecond }) => Number(perSecond) > 0);
    return paid.length === 3 ? seen : undefined;
  });
  expect(shown.held.vcpu).toBe(3);
  expect(firesteel('capacity', applicationId).output).toContain(jobRunId);
  await waitFor(installation, jobRunId, ...final);
  const { lines, priceListId } = await eventually('the bill', async () => {
    const path = `/firesteel/v1/applications/${applicationId}/job-runs/${jobRunId}/bill`;
    return bill.safeParse(await signedGet(installation.access, path).catch(() => undefined)).data;
  });
  expect(shown.cost.priceListId).toBe(priceListId);
  const hour = (meter: string): number =>
    Number(lines.find((line) => line.meter === meter)?.unitPrice);
  for (const { workerId, size } of shown.workers) {
    const second =
      (size.vcpu * hour('vCPU-hours') + (size.memoryMb / 1024) * hour('memory GB-hours')) / 3600;
    const { perSecond } = shown.cost.workers.find((one) => one.workerId === workerId) ?? {};
    expect(Math.abs(Number(perSecond) - second)).toBeLessThan(2e-10);
  }
}, 360_000);

it('takes a zone out of use and back into it', () => {
  const { firesteel } = installation;
  const states = (): string[] =>
    z
      .object({ zones: z.array(z.object({ zone: z.string(), state: z.string() })) })
      .parse(JSON.parse(firesteel('zone', 'list', '--json').output))
      .zones.map(({ zone, state }) => `${zone} ${state}`);
  expect(states()).toEqual(['zone-a HEALTHY', 'zone-b HEALTHY']);
  expect(firesteel('zone', 'impair', 'zone-b', '--reason', 'maintenance').status).toBe(0);
  expect(states()).toEqual(['zone-a HEALTHY', 'zone-b IMPAIRED']);
  expect(firesteel('zone', 'list').output).toContain('maintenance');
  expect(firesteel('zone', 'restore', 'zone-b').status).toBe(0);
  expect(states()).toEqual(['zone-a HEALTHY', 'zone-b HEALTHY']);
}, 60_000);

it('says what does not exist', () => {
  const { firesteel } = installation;
  expect(firesteel('capacity', '00none')).toEqual({
    status: 1,
    output: 'Application 00none does not exist\n',
  });
  expect(firesteel('zone', 'impair', 'zone-z')).toMatchObject({ status: 1 });
}, 60_000);
