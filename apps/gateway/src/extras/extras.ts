/** What Firesteel shows beyond AWS, of runs, applications and accounts, under the service name `firesteel`. */
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

/** What a path names; `run` is empty where it names an application only, and both where it names neither. */
type Named = {
  readonly application: string;
  readonly run: string;
  readonly query: URLSearchParams;
};

type Extra = {
  readonly action: string;
  readonly call: (named: Named, allowed: Allowed, services: Services) => Promise<unknown>;
};

const applicationPath = ({ application }: Named): string => `/v1/applications/${application}`;
const runPath = (named: Named): string => `${applicationPath(named)}/jobruns/${named.run}`;

const ofRuns: Readonly<Record<string, Extra>> = {
  bill: {
    action: 'firesteel:GetJobRunBill',
    call: ({ run }, { caller }, { billing }) =>
      billing.call('GET', `/v1/bills/job-runs/${run}`, { caller }),
  },
  milestones: {
    action: 'firesteel:GetJobRunMilestones',
    call: ({ run }, { caller }, { capacity }) =>
      capacity.call('GET', `/v1/job-runs/${run}/milestones`, { caller }),
  },
  visits: {
    action: 'firesteel:GetJobRunVisits',
    call: (named, { caller }, { scheduler }) => scheduler.call('GET', runPath(named), { caller }),
  },
};

const ofApplications: Readonly<Record<string, Extra>> = {
  bill: {
    action: 'firesteel:GetApplicationBill',
    call: ({ application }, { caller }, { billing }) =>
      billing.call('GET', `/v1/bills/applications/${application}`, { caller }),
  },
  capacity: {
    action: 'firesteel:GetApplicationCapacity',
    call: (named, { caller }, { capacity }) =>
      capacity.call('GET', `${applicationPath(named)}/capacity`, { caller }),
  },
};

/** The caller's own account: whose it is follows from the signature, whatever the query says. */
const ofAccounts: Readonly<Record<string, Extra>> = {
  statement: {
    action: 'firesteel:GetStatement',
    call: ({ query }, { caller }, { billing }) => {
      const month = query.get('month') ?? new Date().toISOString().slice(0, 'yyyy-mm'.length);
      const asKnownAt = query.get('asKnownAt');
      const known = asKnownAt === null ? '' : `?${new URLSearchParams({ asKnownAt })}`;
      return billing.call('GET', `/v1/statements/${encodeURIComponent(month)}${known}`, { caller });
    },
  },
};

const paths =
  /^\/firesteel\/v1(?:\/applications\/([0-9a-z]{1,64})(?:\/job-runs\/([0-9a-z]{1,64}))?)?\/(\w+)$/;

type Match = { readonly named: Named; readonly extra: Extra };

function extrasOf({ application, run }: Pick<Named, 'application' | 'run'>) {
  if (application === '') return ofAccounts;
  return run === '' ? ofApplications : ofRuns;
}

function matchOf({ method, rawPath, rawQuery }: EdgeRequest): Match | undefined {
  const [, application = '', run = '', name = ''] = paths.exec(rawPath) ?? [];
  const extras = extrasOf({ application, run });
  const query = new URLSearchParams(rawQuery);
  const extra = method === 'GET' && Object.hasOwn(extras, name) ? extras[name] : undefined;
  return extra && { named: { application, run, query }, extra };
}

/** Whether it is the caller's own is its owner's to say. @throws Refused when it is not */
async function requireOwn(named: Named, { caller }: Allowed, services: Services): Promise<void> {
  if (named.application === '') return;
  if (named.run === '') await services.registry.call('GET', applicationPath(named), { caller });
  else await services.scheduler.call('GET', runPath(named), { caller });
}

/**
 * `GET /firesteel/v1/applications/<id>/{bill,capacity}` and
 * `GET /firesteel/v1/applications/<id>/job-runs/<id>/{bill,milestones,visits}`, of the caller's own, and
 * `GET /firesteel/v1/statement?month=2026-11[&asKnownAt=…]` of the caller's account.
 */
export async function answerExtra(
  edge: EdgeRequest,
  body: Buffer,
  services: Services,
): Promise<WireResponse> {
  const match = matchOf(edge);
  const allowed = await authorize(services, edge, {
    service: 'firesteel',
    action: match?.extra.action ?? 'firesteel:UnknownOperation',
    resource: '*',
    bodySha256: sha256Of(body),
  });
  if (!match) throw unknownOperation(edge.method, edge.rawPath);
  const { named, extra } = match;
  await requireOwn(named, allowed, services);
  return json(await extra.call(named, allowed, services));
}
