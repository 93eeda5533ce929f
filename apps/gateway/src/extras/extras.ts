/** What Firesteel shows beyond AWS: bills, timings and states of a run, under the service name `firesteel`. */
import { unknownOperation } from '@firesteel/aws-protocol/aws-error';
import type { WireResponse } from '@firesteel/aws-protocol/rest-json/response';
import { authorize } from '../edge/authorize.ts';
import { type EdgeRequest, sha256Of } from '../edge/request.ts';
import type { Allowed, Services } from '../edge/services.ts';

const json = (body: unknown): WireResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

type Extra = {
  readonly action: string;
  readonly call: (
    id: string,
    run: string,
    allowed: Allowed,
    services: Services,
  ) => Promise<unknown>;
};

const runPath = (application: string, run: string): string =>
  `/v1/applications/${application}/jobruns/${run}`;

const extras: Readonly<Record<string, Extra>> = {
  bill: {
    action: 'firesteel:GetJobRunBill',
    call: (_application, run, { caller }, { billing }) =>
      billing.call('GET', `/v1/bills/job-runs/${run}`, { caller }),
  },
  milestones: {
    action: 'firesteel:GetJobRunMilestones',
    call: (_application, run, { caller }, { capacity }) =>
      capacity.call('GET', `/v1/job-runs/${run}/milestones`, { caller }),
  },
  visits: {
    action: 'firesteel:GetJobRunVisits',
    call: (application, run, { caller }, { scheduler }) =>
      scheduler.call('GET', runPath(application, run), { caller }),
  },
};

/** `GET /firesteel/v1/applications/<id>/job-runs/<id>/{bill,milestones,visits}`, of the caller's own runs. */
export async function answerExtra(
  edge: EdgeRequest,
  body: Buffer,
  services: Services,
): Promise<WireResponse> {
  const [, application = '', run = '', name = ''] =
    /^\/firesteel\/v1\/applications\/([0-9a-z]{1,64})\/job-runs\/([0-9a-z]{1,64})\/(\w+)$/.exec(
      edge.rawPath,
    ) ?? [];
  const extra = edge.method === 'GET' && Object.hasOwn(extras, name) ? extras[name] : undefined;
  const allowed = await authorize(services, edge, {
    service: 'firesteel',
    action: extra?.action ?? 'firesteel:UnknownOperation',
    resource: '*',
    bodySha256: sha256Of(body),
  });
  if (!extra) throw unknownOperation(edge.method, edge.rawPath);
  // Whether the run is the caller's own is the scheduler's to say.
  await services.scheduler.call('GET', runPath(application, run), { caller: allowed.caller });
  return json(await extra.call(application, run, allowed, services));
}
