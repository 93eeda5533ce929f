/**
 * A worker-agent of one zone, and its line to capacity: it opens the line again whenever it is cut,
 * says which workers it holds, does as it is told, and tells every fact until it is acknowledged.
 * Workers live on when it dies; when its host dies, they and everything written down are gone.
 */
import type { AgentCommand, AgentMessage, WorkerFact } from '@firesteel/contracts/agent-protocol';
import type { Agenda } from '../world/agenda.ts';
import type { Random } from '../world/random.ts';
import type { Line, Switchboard } from './switchboard.ts';
import { SimulatedWorker, type WorkerPorts } from './worker.ts';

export type AgentOptions = Pick<WorkerPorts, 'agenda' | 'random' | 'isFenced' | 'perils'> & {
  readonly zone: string;
  readonly vcpu: number;
  readonly memoryMb: number;
  readonly switchboard: Switchboard;
  /** Every process that was ever started, for the checks. */
  readonly started: (worker: SimulatedWorker) => void;
};

type FactMessage = Extract<AgentMessage, { type: 'fact' }>;

const reconnectMs = [100, 2_000] as const;
const patrolMs = 5_000;

const lost: WorkerFact = {
  kind: 'exited',
  exitCode: null,
  reason: 'unknown to this agent',
  outOfMemory: false,
  lastExceptions: '',
  readyMs: 0,
  boundAfterMs: null,
};

export class SimulatedAgent {
  readonly zone: string;
  readonly vcpu: number;
  readonly memoryMb: number;
  readonly workers = new Map<string, SimulatedWorker>();
  private readonly options: AgentOptions;
  private readonly agenda: Agenda;
  private readonly random: Random;
  private facts = new Map<string, FactMessage>();
  private line: Line | undefined;
  private unreachableUntilMs = 0;

  constructor(options: AgentOptions) {
    this.options = options;
    this.zone = options.zone;
    this.vcpu = options.vcpu;
    this.memoryMb = options.memoryMb;
    this.agenda = options.agenda;
    this.random = options.random;
    this.connectSoon();
    this.patrol();
  }

  /** Nothing gets through, in either direction, or it is dead and its workers live on. */
  cutOff(forMs: number): void {
    this.unreachableUntilMs = Math.max(this.unreachableUntilMs, this.agenda.nowMs() + forMs);
    this.line?.cut();
  }

  /** Its machine goes down with all workers and comes back empty. */
  crashHost(forMs: number): void {
    for (const worker of this.workers.values()) worker.exit(null);
    this.workers.clear();
    this.facts = new Map();
    this.cutOff(forMs);
  }

  /** As `kill -9` on one of its workers. */
  killWorker(): void {
    const living = [...this.workers.values()].filter(({ state }) => state !== 'exited');
    if (living.length > 0) this.random.pick(living).exit(137);
  }

  private connectSoon(): void {
    const waitMs = this.random.whole(...reconnectMs);
    const awayMs = Math.max(0, this.unreachableUntilMs - this.agenda.nowMs());
    this.agenda.after(awayMs + waitMs, () => this.connect());
  }

  private connect(): void {
    const isCut = this.unreachableUntilMs > this.agenda.nowMs();
    const line = isCut
      ? undefined
      : this.options.switchboard.connect(
          this,
          (command) => this.take(command),
          () => {
            this.line = undefined;
            this.connectSoon();
          },
        );
    this.line = line;
    if (line) this.greet(line);
    else this.connectSoon();
  }

  /** Who it is and what it holds, then all that capacity may not have heard. */
  private greet(line: Line): void {
    const { zone, vcpu, memoryMb } = this;
    const workers = [...this.workers.values()].map(({ workerId, state }) => ({ workerId, state }));
    const hello = { agentId: `agent-${zone}`, zone, capacity: { vcpu, memoryMb }, workers };
    line.say({ type: 'hello', ...hello });
    for (const worker of this.workers.values())
      if (worker.state !== 'exited') for (const wish of worker.wishes) line.say(wish);
    for (const fact of this.facts.values()) line.say(fact);
  }

  private patrol(): void {
    this.agenda.after(patrolMs, () => {
      for (const fact of this.facts.values()) this.line?.say(fact);
      this.patrol();
    });
  }

  private take(command: AgentCommand): void {
    switch (command.type) {
      case 'launch':
        if (!this.workers.has(command.workerId)) this.launch(command);
        break;
      case 'bind':
        this.known(command.workerId)?.bind(command.assignment);
        break;
      case 'stop':
        this.known(command.workerId)?.stop(command.reason, command.graceMs);
        break;
      case 'acknowledge':
        for (const factId of command.factIds) this.forget(factId);
        break;
      case 'refusals':
        break;
    }
  }

  private launch({ workerId, spec }: Extract<AgentCommand, { type: 'launch' }>): void {
    const worker = new SimulatedWorker(workerId, spec, {
      ...this.options,
      random: this.random.named(workerId),
      fact: (of, fact) => this.fact(of, fact),
      say: (message) => this.line?.say(message),
    });
    this.workers.set(workerId, worker);
    this.options.started(worker);
  }

  /** A worker of which nothing is left, or never was, has ended, and nobody saw how. */
  private known(workerId: string): SimulatedWorker | undefined {
    const worker = this.workers.get(workerId);
    if (!worker) this.fact(workerId, lost);
    return worker;
  }

  private fact(workerId: string, fact: WorkerFact): void {
    const factId = `${workerId}:${fact.kind}`;
    const message: FactMessage = { type: 'fact', factId, workerId, at: '', fact };
    this.facts.set(factId, message);
    this.line?.say(message);
  }

  private forget(factId: string): void {
    const known = this.facts.get(factId);
    this.facts.delete(factId);
    const isEnd = known?.fact.kind === 'exited' || known?.fact.kind === 'launchFailed';
    if (known && isEnd) this.workers.delete(known.workerId);
  }
}
