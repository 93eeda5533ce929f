/** What the supervisor has to know of a process to start it, watch it and end it. */

/** A health question takes a process a millisecond; half a minute is more than a busy machine makes of it. */
export const usualSilenceMs = 30_000;

/** One process, as data and three questions. */
export type ProcessPlan = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment, nothing is added but the mark by which leftovers are found. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** For people; null when it listens nowhere. */
  readonly port: number | null;
  /** It listens on the socket that `LISTEN_FD` names, so that its port stays open while it is started again. */
  readonly takesSocket: boolean;
  /** Is it ready for work? Asked four times a second until yes, then every five seconds. Must not throw. */
  readonly isReady: (pid: number) => Promise<boolean>;
  /** Does anything come back within the time? Asked of one that was ready and is not. Must not throw. */
  readonly answers: (withinMs: number) => Promise<boolean>;
  /** Milliseconds without an answer after which it is killed and started again. */
  readonly silenceMs: number;
  /** A pid that serves this name although no record says so, such as PostgreSQL's own lock file names. */
  readonly findStray?: () => number | undefined;
  readonly stopSignal: NodeJS.Signals;
  /** Milliseconds between the stop signal and SIGKILL. */
  readonly graceMs: number;
  /** How to end a running one that is to be replaced; SIGKILL spares a worker-agent's workers. */
  readonly replaceSignal: NodeJS.Signals;
  /** 0 for what a caller waits for; see `precedence.ts`. */
  readonly niceness: number;
  /** Count the memory of its direct children too. */
  readonly countsChildren: boolean;
};

/** Everything of one installation, in its order of start. */
export type InstallationPlan = {
  readonly endpoint: string;
  /** Started together, first. */
  readonly infrastructure: readonly ProcessPlan[];
  /** Called when all of the infrastructure is ready, before any service starts; repeated when it fails. */
  readonly prepare: () => Promise<void>;
  readonly services: readonly ProcessPlan[];
  /** Names in groups; a group is stopped together, one group after the other. */
  readonly stopOrder: readonly (readonly string[])[];
  /** Directories whose `<worker>/pid` files name workers that must not outlive a stop. */
  readonly workerDirs: readonly string[];
};

/** `ready` has been so at the last question; `unready` was ready before and does not answer now. */
export type ProcessState =
  | 'waiting'
  | 'starting'
  | 'ready'
  | 'unready'
  | 'restarting'
  | 'stopping'
  | 'stopped';

/** What is known of a process; times are milliseconds since 1970. */
export type ProcessStatus = {
  readonly name: string;
  readonly state: ProcessState;
  readonly pid: number | null;
  readonly port: number | null;
  readonly startedAtMs: number | null;
  readonly restarts: number;
  /** `exit code 1`, `signal SIGKILL`, `answered nothing for 31 s`, or null when it never ended by itself. */
  readonly lastExit: string | null;
  readonly memoryBytes: number;
  readonly adopted: boolean;
  /** True once it has been ready under this supervisor. */
  readonly everReady: boolean;
};
