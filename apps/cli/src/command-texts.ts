/** The commands and what they take: the one table. To add a command, add an entry here and one in `main.ts`. */

type OptionText = {
  readonly type: 'boolean' | 'string';
  readonly help: string;
  /** What it takes, such as `<text>`; a boolean takes nothing. */
  readonly value?: string;
  /** The actions it belongs to; all when there are none named. */
  readonly of?: readonly string[];
};

/** One thing that a command does, and what to, such as `<zone>`; null when it takes nothing. */
type ActionText = { readonly summary: string; readonly subject: string | null };

/** A command as the help shows it. */
export type CommandText = {
  readonly summary: string;
  readonly details: string;
  readonly options: Readonly<Record<string, OptionText>>;
  /** Everything after the command belongs to the program behind it. */
  readonly passesOn: boolean;
  /** What it is asked about, such as `<application>`. */
  readonly subject: string | null;
  /** What is to be done, where the command alone does not say it. */
  readonly actions: Readonly<Record<string, ActionText>>;
  /** The action that is meant when none is named; left out: one has to be. */
  readonly usualAction?: string;
};

const plain = (
  summary: string,
  details: string,
  options: CommandText['options'] = {},
): CommandText => ({
  summary,
  details,
  options,
  passesOn: false,
  subject: null,
  actions: {},
});
const passing = (summary: string, details: string): CommandText => ({
  summary,
  details,
  options: {},
  passesOn: true,
  subject: null,
  actions: {},
});

/** Every command of the command line. */
export const commands = {
  doctor: plain(
    'show what this machine offers, what that means, and what mends it',
    'Changes nothing. Exits 1 when something keeps Firesteel from running.',
  ),
  setup: plain(
    'fetch and build what jobs need: Java, Spark, Kafka',
    'Done by itself by up and demo; safe to repeat, quick when nothing is missing.',
    { 'ignore-system-java': { type: 'boolean', help: 'fetch Java even where there is one' } },
  ),
  up: plain(
    'start everything in the background and wait until it is ready',
    [
      'FIRESTEEL_PORT chooses the port (4580). DATABASE_URL, KAFKA_BROKERS and S3_ENDPOINT use yours instead of ours.',
      'ZONES=zone-a,zone-b divides the machine into zones with a worker-agent each; WORKER_VCPU and WORKER_MEMORY_MB',
      'say what one zone offers, WORKER_SCALE how much smaller than in AWS workers are.',
      'ZONE_SUBNETS="zone-a=subnet-1,subnet-2;zone-b=subnet-3" says which subnets lie where, ZONE_SILENCE_MS how long an',
      'agent may be silent before its zone is given up, ACCOUNT_VCPU_QUOTA what all workers may have at a time.',
    ].join('\n'),
  ),
  down: plain(
    'stop everything, workers included; data stay',
    'Works too when the supervisor has died: what it left is found and ended.',
  ),
  status: plain('show what runs', 'Exits 0 when everything is ready, 3 when not.', {
    json: { type: 'boolean', help: 'for programs' },
  }),
  capacity: {
    ...plain(
      'show who holds which workers, who waits for what, and what it costs',
      'Workers of the application with what each costs a second from when it is ready, by the prices that billing has published.',
      { json: { type: 'boolean', help: 'for programs' } },
    ),
    subject: '<application>',
  },
  zone: {
    ...plain(
      'show zones; take one out of use, or back into it',
      'Runs of a zone that is taken out of use are run again elsewhere, if there is another.',
      {
        reason: {
          type: 'string',
          value: '<text>',
          help: 'why, for the log',
          of: ['impair', 'restore'],
        },
        json: { type: 'boolean', help: 'for programs', of: ['list'] },
      },
    ),
    actions: {
      list: { summary: 'every zone with its state and size', subject: null },
      impair: { summary: 'it takes no more work', subject: '<zone>' },
      restore: { summary: 'it takes work again', subject: '<zone>' },
    },
  },
  parked: {
    ...plain(
      'show events that a service could not take; try them again, or give them up',
      [
        'An event that fails five times is put aside with its whole stream, so that the others go on. While billing has',
        'any, no statement is issued. `retry` takes the stream again, all of it or none; `drop` forgets one event for good.',
      ].join('\n'),
      { json: { type: 'boolean', help: 'for programs', of: ['list'] } },
    ),
    actions: {
      list: { summary: 'every parked event, and why', subject: null },
      retry: { summary: 'take it and what waits behind it', subject: '<service>:<number>' },
      drop: { summary: 'forget it', subject: '<service>:<number>' },
    },
    usualAction: 'list',
  },
  account: {
    ...plain(
      'make accounts, each with its own users, applications, bills and audit',
      [
        'Nothing of one account is visible to another. The key of a new account’s root user is shown once: it is stored',
        'sealed, and cannot be shown again.',
      ].join('\n'),
      {
        name: { type: 'string', value: '<text>', help: 'what you call it', of: ['create'] },
        'account-id': {
          type: 'string',
          value: '<12 digits>',
          help: 'its number; one is drawn when you name none',
          of: ['create'],
        },
        profile: {
          type: 'string',
          value: '<name>',
          help: 'keep the key as this profile of .firesteel/aws instead of showing it',
          of: ['create'],
        },
        json: { type: 'boolean', help: 'for programs' },
      },
    ),
    actions: {
      create: { summary: 'a new account with a key of its root user', subject: null },
      list: { summary: 'every account of this installation', subject: null },
    },
  },
  audit: plain(
    'show who asked for what, what was decided, and by which statement',
    [
      'Every authorization decision is a fact of the log, reads and S3 requests included. Newest first.',
      'Moments are how long ago (10m, 2h, 3d) or ISO-8601, in UTC where they name no zone.',
    ].join('\n'),
    {
      principal: {
        type: 'string',
        value: '<arn>',
        help: 'who asked; * stands for anything, and user/alice for that user of any account',
      },
      action: {
        type: 'string',
        value: '<action>',
        help: 'such as s3:GetObject or emr-serverless:*',
      },
      since: { type: 'string', value: '<moment>', help: 'not before' },
      until: { type: 'string', value: '<moment>', help: 'not after' },
      allowed: { type: 'boolean', help: 'only what was allowed' },
      denied: { type: 'boolean', help: 'only what was denied' },
      account: { type: 'string', value: '<12 digits>', help: 'only of this account' },
      limit: { type: 'string', value: '<number>', help: 'at most so many, up to 1000; 100 else' },
      json: { type: 'boolean', help: 'one JSON document a line, for programs' },
    },
  ),
  statement: {
    ...plain(
      'show what a month costs, check it, issue it',
      [
        'A line for each meter of a run or an application’s idle pool, rounded once; every grouping has the same total.',
        'Issuing makes what is known a fact, after a second program has worked it out again from the log; what is learned',
        'later shows as corrections. A usage’s id is in what the check says, and in exports.',
      ].join('\n'),
      {
        month: {
          type: 'string',
          value: '<yyyy-mm>',
          help: 'UTC; this month else',
          of: ['show', 'issue'],
        },
        account: {
          type: 'string',
          value: '<12 digits>',
          help: 'only of this account',
          of: ['show', 'issue'],
        },
        by: {
          type: 'string',
          value: '<what>',
          help: 'application, run or tag:KEY, in tables and CSV; run else',
          of: ['show'],
        },
        format: {
          type: 'string',
          value: '<format>',
          help: 'table, json, csv, or focus: a FOCUS 1.2 dataset as CSV',
          of: ['show'],
        },
        'as-known-at': {
          type: 'string',
          value: '<moment>',
          help: 'as it was known then: 2h ago, or ISO-8601',
          of: ['show'],
        },
        check: {
          type: 'boolean',
          help: 'work it out again with tools/rerater; exits 1 where that differs',
          of: ['show'],
        },
        early: { type: 'boolean', help: 'before the month is over', of: ['issue'] },
        seconds: {
          type: 'string',
          value: '<number>',
          help: 'of how many seconds the usage is, used and billed',
          of: ['correct'],
        },
        reason: { type: 'string', value: '<text>', help: 'why, for the log', of: ['correct'] },
        who: {
          type: 'string',
          value: '<name>',
          help: 'who says so; your login else',
          of: ['correct'],
        },
      },
    ),
    actions: {
      show: { summary: 'what is known, or was known', subject: null },
      issue: { summary: 'check it and make it a fact', subject: null },
      correct: { summary: 'say of how many seconds one metered usage is', subject: '<usage>' },
    },
    usualAction: 'show',
  },
  prices: {
    ...plain(
      'show price lists and rate cards; publish what is to take effect',
      [
        'A file holds region, effectiveFrom (a date or a moment in UTC that is still to come), vcpuHour, memoryGbHour and',
        'storageGbHour in USD as text, and rateCard, an account, where it is that account’s alone. Nothing that was',
        'published ever changes.',
      ].join('\n'),
      { json: { type: 'boolean', help: 'for programs' } },
    ),
    actions: {
      list: { summary: 'every list that was published', subject: null },
      publish: { summary: 'publish a list', subject: '<file>' },
    },
    usualAction: 'list',
  },
  budget: {
    ...plain(
      'show, set and remove monthly budgets',
      [
        'A budget watches an account, one of its applications, or what bears a tag. It warns in the log and in `status`; a',
        'hard one refuses new runs once it is spent (ServiceQuotaExceededException). Runs under way go on. What is spent is',
        'what the statement says: usage counts at a worker’s end, and every half hour before it.',
      ].join('\n'),
      {
        account: {
          type: 'string',
          value: '<12 digits>',
          help: 'whose; to set one: the installation’s own else',
          of: ['list', 'set'],
        },
        application: { type: 'string', value: '<id>', help: 'only this application', of: ['set'] },
        tag: {
          type: 'string',
          value: '<key=value>',
          help: 'only what bears this tag',
          of: ['set'],
        },
        monthly: { type: 'string', value: '<usd>', help: 'what it may cost a month', of: ['set'] },
        'warn-at': {
          type: 'string',
          value: '<per cents>',
          help: 'when to warn; 80,100 else',
          of: ['set'],
        },
        hard: { type: 'boolean', help: 'refuse new runs once it is spent', of: ['set'] },
        json: { type: 'boolean', help: 'for programs', of: ['list'] },
      },
    ),
    actions: {
      list: { summary: 'every budget with what is spent this month', subject: null },
      set: { summary: 'make or change the budget of a scope', subject: null },
      remove: { summary: 'watch no more', subject: '<budget>' },
    },
    usualAction: 'list',
  },
  runtime: {
    ...plain(
      'show, add and remove the lines of Spark that release labels run on',
      [
        'Adding fetches a line from package registries, checks digests, compiles and rehearses; it may be interrupted and',
        'run again, and needs no network for what is there. A running installation need not be restarted.',
      ].join('\n'),
      {
        as: {
          type: 'string',
          value: '<label>',
          help: 'another label, whose line takes the place of the one that is added',
          of: ['add'],
        },
        json: { type: 'boolean', help: 'for programs', of: ['list'] },
      },
    ),
    actions: {
      list: { summary: 'what is installed and what can be', subject: null },
      add: { summary: 'install what a label runs on', subject: '<label>' },
      remove: { summary: 'delete what no other label needs', subject: '<label>' },
    },
  },
  foreground: plain(
    'like up, but stay and show all logs; Ctrl-C stops everything',
    'For containers and for looking closely.',
  ),
  demo: plain(
    'start, and run two real Spark jobs on TPC-H data',
    'Makes the data once (about 150 MB), uploads them, runs a PySpark and a Scala job through the AWS API, and shows the results and the bill.',
  ),
  replay: passing(
    'rebuild every service from the log and compare; or show what was at any time',
    'With --until: the state of a service, a run or a bill as it was.',
  ),
  verify: passing(
    'check the log: every link of its chain, every signed checkpoint',
    'Names the first bad sequence number. Works from exports and proofs alone, too.',
  ),
  export: passing(
    'write the log, or one account’s part of it with proofs, for other programs',
    'tools/audit/EXPORT.md describes every line.',
  ),
  proof: {
    ...passing('prove that one event is in the log', 'Shows nobody else’s events.'),
    subject: '<event>',
  },
  key: plain(
    'print the public key with which the log’s checkpoints are verified',
    'Keep it, and the file of checkpoints, outside of this installation: that is what makes them evidence.',
  ),
  backup: {
    ...plain(
      'copy the log, every service’s state and all keys, while it runs',
      'Objects in S3 buckets are not in it. It holds secrets: keep it as safe as the installation.',
    ),
    subject: '<folder>',
  },
  restore: {
    ...plain(
      'make an installation that goes on from a backup',
      'Verifies the copy before anything else is touched. FIRESTEEL_HOME says where, if not here.',
      {
        replace: { type: 'boolean', help: 'move the installation that is there aside' },
        'accept-loss': {
          type: 'boolean',
          help: 'go on without events that were signed after the copy; the log says so',
        },
      },
    ),
    subject: '<folder>',
  },
  bench: passing('measure this machine', 'Needs a running installation.'),
  test: plain(
    'check and test the whole repository',
    'Lint, types, every package, then end to end. The last line is the count.',
    { 'no-e2e': { type: 'boolean', help: 'leave out the end-to-end tests' } },
  ),
} as const satisfies Record<string, CommandText>;

export type CommandName = keyof typeof commands;
