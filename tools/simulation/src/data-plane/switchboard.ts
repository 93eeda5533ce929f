/** Capacity's side of its lines to agents, in place of WebSockets: whichever capacity lives holds it. */

import type { Agent, Agents, AgentsOptions } from '@firesteel/capacity/agents';
import type { AgentCommand, AgentMessage } from '@firesteel/contracts/agent-protocol';
import type { Agenda } from '../world/agenda.ts';
import { currentLife, type Life } from '../world/process.ts';

type Zone = { readonly zone: string; readonly vcpu: number; readonly memoryMb: number };

/** An agent's end of a line. */
export type Line = {
  readonly say: (message: AgentMessage) => void;
  /** Cuts it; capacity notices by the silence. */
  readonly cut: () => void;
};

/** How long messages travel, in milliseconds. */
type TravelMs = () => number;

/** What capacity needs to notice that nothing comes any more: up to two of its pings. */
const noticedAfterMs = 7_500;
const pingMs = 5_000;
/** How soon a line is ended over which something came that could not be taken. */
const sayAgainMs = 500;

type Moment = { readonly atMs: number };
type Heard = { readonly zone: Zone; readonly atMs: number; readonly proof: Moment | null };

/** A line that is open, and whether everything that was said on it has been taken. */
type Open = { readonly sinceMs: number; readonly isTaken: () => boolean };

/** One capacity process' lines. */
class Lines {
  readonly life: Life;
  private readonly options: AgentsOptions;
  private readonly agenda: Agenda;
  private readonly travelMs: TravelMs;
  private readonly byZone = new Map<string, Agent>();
  private readonly heard = new Map<string, Heard>();
  private readonly open = new Map<Agent, Open>();

  constructor(life: Life, options: AgentsOptions, agenda: Agenda, travelMs: TravelMs) {
    this.life = life;
    this.options = options;
    this.agenda = agenda;
    this.travelMs = travelMs;
  }

  /** What `createCapacity` is given. */
  agents(): Agents {
    return {
      attach: () => {},
      connected: () => [...this.byZone.values()],
      seen: () =>
        [...this.heard.values()].map(({ zone, atMs, proof }) => {
          const heardMs = this.lastHeardMs(zone.zone, atMs);
          const proven = this.provenBy(zone.zone, proof);
          const nowMs = this.agenda.nowMs();
          return {
            ...zone,
            connected: this.byZone.has(zone.zone),
            lastSeenAt: this.timeOf(heardMs),
            silentMs: nowMs - heardMs,
            proof: proven && { at: this.timeOf(proven.atMs), agoMs: nowMs - proven.atMs },
          };
        }),
      stop: () => {},
    };
  }

  /** Pings are answered all the while, without being played. */
  private lastHeardMs(zone: string, atMs: number): number {
    const agent = this.byZone.get(zone);
    if (!agent || !this.open.has(agent)) return atMs;
    const nowMs = this.agenda.nowMs();
    return Math.max(atMs, nowMs - (nowMs % pingMs));
  }

  /** The last ping that came after everything that was said, as far as it can be seen now. */
  private provenBy(zone: string, before: Moment | null): Moment | null {
    const agent = this.byZone.get(zone);
    const line = agent && this.open.get(agent);
    const nowMs = this.agenda.nowMs();
    const atMs = nowMs - (nowMs % pingMs);
    return line?.isTaken() && atMs > line.sinceMs ? { atMs } : before;
  }

  private timeOf(atMs: number): string {
    return new Date(this.life.now().getTime() - this.agenda.nowMs() + atMs).toISOString();
  }

  connect(zone: Zone, take: (command: AgentCommand) => void, cutOff: () => void): Line {
    let isOpen = true;
    let untaken = 0;
    let queue = Promise.resolve();
    const agent: Agent = {
      agentId: `agent-${zone.zone}`,
      zone,
      send: (commands) => {
        for (const command of commands) this.inOrder(down, () => isOpen && take(command));
      },
    };
    const [up, down] = [{ atMs: 0 }, { atMs: 0 }];
    const arrive = (message: AgentMessage): void => {
      if (!isOpen || this.life.isOver) return;
      if (message.type === 'hello') this.byZone.set(zone.zone, agent);
      const proof = this.heard.get(zone.zone)?.proof ?? null;
      this.heard.set(zone.zone, { zone, atMs: this.agenda.nowMs(), proof });
      queue = queue
        .then(() => this.life.awake())
        .then(() => this.options.received(agent, message))
        .then(() => {
          untaken -= 1;
        })
        .catch((error: unknown) => {
          this.options.failed(error);
          this.agenda.after(sayAgainMs, end);
        });
    };
    const end = (): void => {
      if (!isOpen) return;
      const known = this.heard.get(zone.zone);
      const lastMs = this.lastHeardMs(zone.zone, known?.atMs ?? 0);
      const proof = this.provenBy(zone.zone, known?.proof ?? null);
      isOpen = false;
      if (known) this.heard.set(zone.zone, { zone, atMs: lastMs, proof });
      this.open.delete(agent);
      this.life.later(() => this.notice(agent), noticedAfterMs);
      cutOff();
    };
    const sinceMs = this.agenda.nowMs();
    this.open.set(agent, { sinceMs, isTaken: () => untaken === 0 });
    this.life.onDeath(end);
    return {
      say: (message) => {
        untaken += 1;
        this.inOrder(up, () => {
          this.life.run(() => arrive(message));
        });
      },
      cut: end,
    };
  }

  /** After the delay of this message, and of those before it on the line. */
  private inOrder(direction: { atMs: number }, work: () => void): void {
    const nowMs = this.agenda.nowMs();
    direction.atMs = Math.max(direction.atMs, nowMs + this.travelMs());
    this.agenda.after(direction.atMs - nowMs, work);
  }

  private notice(agent: Agent): void {
    if (this.byZone.get(agent.zone.zone) !== agent) return;
    this.byZone.delete(agent.zone.zone);
    this.options.disconnected();
  }
}

export class Switchboard {
  private readonly agenda: Agenda;
  private readonly travelMs: TravelMs;
  private lines: Lines | undefined;

  constructor(agenda: Agenda, travelMs: TravelMs) {
    this.agenda = agenda;
    this.travelMs = travelMs;
  }

  /** Capacity's port; the newest capacity speaks. */
  readonly createAgents = (options: AgentsOptions): Agents => {
    const life = currentLife();
    if (!life) throw new Error('capacity needs a process');
    this.lines = new Lines(life, options, this.agenda, this.travelMs);
    return this.lines.agents();
  };

  /** An agent's call; undefined when nobody answers. */
  connect(zone: Zone, take: (command: AgentCommand) => void, cutOff: () => void): Line | undefined {
    if (!this.lines || this.lines.life.isOver) return undefined;
    const { zone: name, vcpu, memoryMb } = zone;
    return this.lines.connect({ zone: name, vcpu, memoryMb }, take, cutOff);
  }
}
