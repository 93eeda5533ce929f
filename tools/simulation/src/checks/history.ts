/**
 * The log as somebody reads it who trusts nobody: every event is checked against all before it, and
 * against what really happened to the workers' processes.
 */
import type { Fact, JsonObject } from '@firesteel/contracts/events';
import type { WorkerSize } from '@firesteel/contracts/worker-size';
import { createLegalStates } from './legal-states.ts';
import { never } from './violation.ts';

export type HistoryEvent = Fact<string, JsonObject> & {
  readonly stream: string;
  readonly version: number;
};

export type Limit = { readonly vcpu: number; readonly memoryMb: number };

/** What the log cannot know. */
export type Truth = {
  /** maximumCapacity of applications, by id. */
  readonly applicationLimits: ReadonlyMap<string, Limit>;
  readonly zoneLimits: ReadonlyMap<string, Limit>;
  readonly accountQuotaVcpu: number | null;
  /** Milliseconds for which processes of that worker were ready, until they ended or until now. */
  readonly readyMsOf: (workerId: string) => number;
  /** Attempts of a run below this one have no credentials any more. */
  readonly fencedBelow: (jobRunId: string) => number;
};

type LiveWorker = {
  readonly applicationId: string;
  readonly zone: string;
  readonly accountId: string;
  readonly size: WorkerSize;
  jobRunId: string | null;
};

type Exited = {
  readonly workerId: string;
  readonly readyMs: number;
  readonly jobRunId: string | null;
};
type Metered = {
  readonly usageId: string;
  readonly workerId: string;
  readonly usedSeconds: number;
  readonly billedSeconds: number;
};

const sumOf = (workers: readonly LiveWorker[]): Limit => ({
  vcpu: workers.reduce((sum, { size }) => sum + size.vcpu, 0),
  memoryMb: workers.reduce((sum, { size }) => sum + size.memoryMb, 0),
});

const exceeds = (sum: Limit, limit: Limit): boolean =>
  sum.vcpu > limit.vcpu || sum.memoryMb > limit.memoryMb;

/** AWS' minimum of a worker's life, in seconds. */
const minimumSeconds = 60;

export class History {
  readonly states = createLegalStates();
  private readonly truth: Truth;
  private readonly versions = new Map<string, number>();
  private readonly live = new Map<string, LiveWorker>();
  private readonly unjudged = new Set<string>();
  private readonly exits = new Map<string, Exited>();
  private readonly usages = new Map<string, Metered>();
  events = 0;

  constructor(truth: Truth) {
    this.truth = truth;
  }

  /** Ids of all streams of a category. */
  idsOf(category: string): string[] {
    const prefix = `${category}-`;
    return [...this.versions.keys()]
      .filter((stream) => stream.startsWith(prefix))
      .map((stream) => stream.slice(prefix.length));
  }

  versionOf(stream: string): number {
    return this.versions.get(stream) ?? 0;
  }

  get liveWorkers(): readonly string[] {
    return [...this.live.keys()];
  }

  /** @throws Violation */
  take(event: HistoryEvent): void {
    const { stream, type, version } = event;
    this.events += 1;
    const before = this.versionOf(stream);
    never(version !== before + 1, () => `${stream}: version ${version} follows ${before}`);
    this.versions.set(stream, version);
    this.states.take(stream, type);
    const { data } = event;
    if (type === 'WorkerRequested') this.requested(data as LiveWorker & { workerId: string });
    if (type === 'WorkerAssigned') this.assigned(data as { workerId: string; jobRunId: string });
    if (type === 'WorkerBound') this.bound(data as { workerId: string; jobRunId: string });
    if (type === 'WorkerExited') this.exited(data as Exited);
    if (type === 'WorkerUsageMetered') this.metered(data as Metered);
    if (type === 'AllocationEnded') this.allocationEnded(data);
    if (type === 'AllocationRequested') this.allocationRequested(data);
  }

  private requested(worker: LiveWorker & { readonly workerId: string }): void {
    this.live.set(worker.workerId, { ...worker });
    const all = [...this.live.values()];
    const { applicationId, zone, accountId } = worker;
    const inApplication = sumOf(all.filter((other) => other.applicationId === applicationId));
    const limit = this.truth.applicationLimits.get(applicationId);
    never(
      limit !== undefined && exceeds(inApplication, limit),
      () =>
        `application ${applicationId} has ${JSON.stringify(inApplication)}, its maximumCapacity is ${JSON.stringify(limit)}`,
    );
    const inZone = sumOf(all.filter((other) => other.zone === zone));
    const zoneLimit = this.truth.zoneLimits.get(zone);
    never(
      zoneLimit === undefined || exceeds(inZone, zoneLimit),
      () => `zone ${zone} has ${JSON.stringify(inZone)} of ${JSON.stringify(zoneLimit)}`,
    );
    const { vcpu } = sumOf(all.filter((other) => other.accountId === accountId));
    const quota = this.truth.accountQuotaVcpu;
    never(quota !== null && vcpu > quota, () => `the account has ${vcpu} vCPU of ${quota}`);
  }

  private assigned({ workerId, jobRunId }: { workerId: string; jobRunId: string }): void {
    const worker = this.live.get(workerId);
    never(worker?.jobRunId !== null, () => `worker ${workerId} is given away twice`);
    if (worker) worker.jobRunId = jobRunId;
  }

  private bound({ workerId, jobRunId }: { workerId: string; jobRunId: string }): void {
    const known = this.live.get(workerId)?.jobRunId;
    never(known !== jobRunId, () => `worker ${workerId} of ${known} is bound to ${jobRunId}`);
  }

  private exited(exit: Exited): void {
    const { workerId, readyMs, jobRunId } = exit;
    const known = this.live.get(workerId)?.jobRunId;
    never(known !== jobRunId, () => `worker ${workerId} of ${known} ends as one of ${jobRunId}`);
    this.live.delete(workerId);
    this.exits.set(workerId, exit);
    const aliveMs = this.truth.readyMsOf(workerId);
    never(readyMs > aliveMs, () => `worker ${workerId}: ${readyMs} ms of ${aliveMs} ms alive`);
  }

  private metered(usage: Metered): void {
    never(this.usages.has(usage.usageId), () => `usage of ${usage.workerId} is metered twice`);
    this.usages.set(usage.usageId, usage);
    this.unjudged.add(usage.workerId);
  }

  /** Judges what has been metered; a life may be shared anew between payers, in several facts of one transaction. */
  judgeUsages(): void {
    for (const workerId of this.unjudged) {
      const usedSeconds = this.usedSecondsOf(workerId);
      const aliveMs = this.truth.readyMsOf(workerId);
      never(
        usedSeconds > Math.ceil(aliveMs / 1_000),
        () => `worker ${workerId}: ${usedSeconds} s billed, ${aliveMs} ms alive`,
      );
    }
    this.unjudged.clear();
  }

  private usagesOf(workerId: string): Metered[] {
    return [...this.usages.values()].filter((usage) => usage.workerId === workerId);
  }

  private usedSecondsOf(workerId: string): number {
    return this.usagesOf(workerId).reduce((sum, { usedSeconds }) => sum + usedSeconds, 0);
  }

  /** An attempt in a lost zone is over only once its credentials are worth nothing. */
  private allocationEnded(data: JsonObject): void {
    const { kind } = data['outcome'] as { readonly kind: string };
    const [jobRunId, attempt] = [String(data['jobRunId']), Number(data['attempt'])];
    never(
      kind === 'zoneLost' && this.truth.fencedBelow(jobRunId) <= attempt,
      () => `attempt ${attempt} of ${jobRunId} is given up and may still write`,
    );
  }

  private allocationRequested(data: JsonObject): void {
    const [jobRunId, attempt] = [String(data['jobRunId']), Number(data['attempt'])];
    const before = attempt === 2 ? jobRunId : `${jobRunId}.${attempt - 1}`;
    never(
      attempt > 1 && this.states.of(`allocation-${before}`) !== 'ENDED',
      () => `attempt ${attempt} of ${jobRunId} begins before the one before it has ended`,
    );
  }

  /** Every life is paid for to the second, the minimum once. @throws Violation */
  settle(): void {
    for (const { workerId, readyMs } of this.exits.values()) {
      const seconds = Math.ceil(readyMs / 1_000);
      const used = this.usedSecondsOf(workerId);
      never(used !== seconds, () => `worker ${workerId} lived ${readyMs} ms and used ${used} s`);
      const due = seconds === 0 ? 0 : Math.max(minimumSeconds, seconds);
      const billed = this.usagesOf(workerId).reduce((sum, usage) => sum + usage.billedSeconds, 0);
      never(billed !== due, () => `worker ${workerId}: ${billed} s are billed, ${due} s are due`);
    }
  }
}
