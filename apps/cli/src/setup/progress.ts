// What set-up says while it works: a line that grows on a terminal, plain lines elsewhere.

/** One thing that set-up reports. Bytes are absolute numbers of one step. */
export type ProgressEvent =
  | { readonly kind: 'begin'; readonly step: string }
  | {
      readonly kind: 'bytes';
      readonly step: string;
      readonly doneBytes: number;
      readonly totalBytes: number;
    }
  | { readonly kind: 'done'; readonly step: string; readonly elapsedMs: number }
  | { readonly kind: 'note'; readonly text: string };

/** Takes reports; must not throw. */
export type Progress = (event: ProgressEvent) => void;

type Screen = { readonly isTTY?: boolean; write(text: string): unknown };

const MB = 1e6;
const BAR_WIDTH = 24;

const megabytes = (bytes: number): string => (bytes / MB).toFixed(1);

/** `step [####    ] 40 %  12.0 / 30.0 MB`, the line shown while bytes arrive. */
export const progressBar = (step: string, doneBytes: number, totalBytes: number): string => {
  const part = totalBytes > 0 ? Math.min(1, doneBytes / totalBytes) : 0;
  const filled = Math.round(part * BAR_WIDTH);
  const bar = '#'.repeat(filled) + ' '.repeat(BAR_WIDTH - filled);
  const percent = String(Math.round(part * 100)).padStart(3);
  return `${step} [${bar}] ${percent} %  ${megabytes(doneBytes)} / ${megabytes(totalBytes)} MB`;
};

const seconds = (elapsedMs: number): string => `${(elapsedMs / 1000).toFixed(1)} s`;

const onTerminal =
  (screen: Screen): Progress =>
  (event) => {
    const clear = '\r\u001b[2K';
    if (event.kind === 'begin') screen.write(`${clear}${event.step} …`);
    if (event.kind === 'bytes') {
      screen.write(`${clear}${progressBar(event.step, event.doneBytes, event.totalBytes)}`);
    }
    if (event.kind === 'done') screen.write(`${clear}${event.step}: ${seconds(event.elapsedMs)}\n`);
    if (event.kind === 'note') screen.write(`${clear}${event.text}\n`);
  };

const inLines =
  (screen: Screen): Progress =>
  (event) => {
    if (event.kind === 'begin') screen.write(`${event.step} …\n`);
    if (event.kind === 'done') screen.write(`${event.step}: ${seconds(event.elapsedMs)}\n`);
    if (event.kind === 'note') screen.write(`${event.text}\n`);
  };

/** Reports to a stream: bars when it is a terminal, one line per begin and end when it is not. */
export const progressTo = (screen: Screen): Progress =>
  screen.isTTY === true ? onTerminal(screen) : inLines(screen);
