/**
 * A worker's process as it would be: it boots, is given its run, works, ends once. Drivers speak to
 * capacity as Spark's plug-in does; executors live until they are let go. Its end is written down
 * whether or not its agent lives.
 */
import type {
  AgentMessage,
  Assignment,
  WorkerFact,
  WorkerSpec,
} from '@firesteel/contracts/agent-protocol';
import type { Agenda } from '../world/agenda.ts';
import type { Random } from '../world/random.ts';

export type WorkerPorts = {
  readonly agenda: Agenda;
  readonly random: Random;
  /** Something to be told until it is acknowledged. */
  readonly fact: (workerId: string, fact: WorkerFact) => void;
  /** Something said once. */
  readonly say: (message: AgentMessage) => void;
  /** Whether the run's credentials are still good. */
  readonly isFenced: (jobRunId: string, attempt: number) => boolean;
  /** How workers fare at the moment. */
  readonly perils: () => Perils;
};

export type Perils = { readonly launchFails: number; readonly dies: number };

type State = 'starting' | 'ready' | 'bound' | 'exited';

const bootMs = [2_000, 9_000] as const;
const shortestJobMs = 20_000;
const longestJobMs = 240_000;
/** A worker that nobody lets go ends after this: its driver is gone. */
const orphanedMs = 120_000;

export class SimulatedWorker {
  readonly workerId: string;
  readonly spec: WorkerSpec;
  state: State = 'starting';
  assignment: Assignment | undefined;
  readyAtMs: number | undefined;
  boundAtMs: number | undefined;
  endedAtMs: number | undefined;
  /** What the driver says again to a capacity that may not have heard it. */
  readonly wishes: AgentMessage[] = [];
  private stopReason: string | undefined;
  private readonly ports: WorkerPorts;
  private sequence = 0;

  constructor(workerId: string, spec: WorkerSpec, ports: WorkerPorts) {
    this.workerId = workerId;
    this.spec = spec;
    this.ports = ports;
    this.start();
  }

  bind(assignment: Assignment): void {
    if (this.assignment || this.state === 'exited') return;
    this.assignment = assignment;
    if (this.state === 'ready') this.work();
  }

  stop(reason: string, graceMs: number): void {
    if (this.state === 'exited') return;
    this.stopReason ??= reason;
    const endsMs = Math.min(graceMs, this.ports.random.whole(50, 5_000));
    this.after(endsMs, () => this.exit(endsMs < graceMs ? 143 : 137));
  }

  /** Ends it, with an exit code as a shell gives it; null when nobody saw it. */
  exit(exitCode: number | null): void {
    if (this.state === 'exited') return;
    this.state = 'exited';
    const nowMs = this.ports.agenda.nowMs();
    this.endedAtMs = nowMs;
    const readyMs = this.readyAtMs === undefined ? 0 : nowMs - this.readyAtMs;
    const boundAfterMs =
      this.boundAtMs === undefined ? null : this.boundAtMs - (this.readyAtMs ?? this.boundAtMs);
    const reason = this.stopReason ?? `exit code ${exitCode}`;
    const outOfMemory = exitCode === 137 && this.stopReason === undefined;
    const told = { exitCode, reason, outOfMemory, lastExceptions: '', readyMs, boundAfterMs };
    this.tell({ kind: 'exited', ...told });
  }

  private tell(fact: WorkerFact): void {
    this.ports.fact(this.workerId, fact);
  }

  /** Does something later, if it still lives. */
  private after(delayMs: number, work: () => void): void {
    this.ports.agenda.after(delayMs, () => {
      if (this.state !== 'exited') work();
    });
  }

  private start(): void {
    const { random, perils } = this.ports;
    if (random.chance(perils().launchFails)) {
      this.after(random.whole(10, 2_000), () => {
        this.state = 'exited';
        this.tell({ kind: 'launchFailed', reason: 'no disk' });
      });
      return;
    }
    this.after(random.whole(10, 300), () => {
      this.tell({ kind: 'launched', pid: random.whole(2, 30_000) });
      this.after(random.whole(...bootMs), () => this.ready());
    });
  }

  private ready(): void {
    const { agenda, random, perils } = this.ports;
    this.state = 'ready';
    this.readyAtMs = agenda.nowMs();
    this.tell({ kind: 'ready', bootMs: 1 });
    if (random.chance(perils().dies)) this.after(random.whole(0, 200_000), () => this.exit(137));
    if (this.assignment) this.work();
  }

  private work(): void {
    this.state = 'bound';
    this.boundAtMs = this.ports.agenda.nowMs();
    this.tell({ kind: 'bound' });
    if (this.assignment?.work.kind === 'driver') this.drive();
    else this.after(longestJobMs + orphanedMs, () => this.exit(1));
  }

  private drive(): void {
    const { random } = this.ports;
    const durationMs = random.whole(shortestJobMs, longestJobMs);
    this.after(random.whole(500, 3_000), () => {
      this.wish({ type: 'driverRegistered', ...this.run(), driverUrl: `spark://${this.workerId}` });
      this.aim();
    });
    for (let stage = random.whole(0, 3); stage > 0; stage -= 1)
      this.after(random.whole(5_000, durationMs), () => this.aim());
    this.after(durationMs, () => this.finish());
  }

  private run(): { readonly workerId: string; readonly jobRunId: string } {
    return { workerId: this.workerId, jobRunId: this.assignment?.jobRunId ?? '' };
  }

  private wish(message: AgentMessage): void {
    const others = this.wishes.filter(({ type }) => type !== message.type);
    this.wishes.splice(0, this.wishes.length, ...others, message);
    this.ports.say(message);
  }

  /** Another stage: another number of executors. */
  private aim(): void {
    this.sequence += 1;
    const executors = this.ports.random.whole(0, 4);
    const profile = { resourceProfileId: 0, cores: 4, memoryMb: 14_336, memoryOverheadMb: 1_434 };
    const targets = [{ ...profile, executors }];
    this.wish({ type: 'targets', ...this.run(), sequence: this.sequence, targets });
    const executorIds = [String(this.ports.random.whole(1, 4))];
    const how = this.ports.random.pick(['kill', 'decommission'] as const);
    if (this.ports.random.chance(0.2))
      this.ports.say({ type: 'executorsLeaving', ...this.run(), executorIds, how });
  }

  private finish(): void {
    const { jobRunId = '', attempt = 1 } = this.assignment ?? {};
    const fails = this.ports.isFenced(jobRunId, attempt) || this.ports.random.chance(0.15);
    this.exit(fails ? 1 : 0);
  }
}
