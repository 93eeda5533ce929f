/** `firesteel runtime`: the lines of Spark that release labels run on. */
import { progressTo } from '../setup/progress.ts';
import { addRuntime, listRuntimes, type RuntimeListing, removeRuntime } from '../setup/runtimes.ts';
import type { SetUpOptions } from '../setup/set-up.ts';
import { processesOnFolders } from '../supervisor/process-identity.ts';
import type { Paint } from '../terminal/paint.ts';
import { tableLines } from '../terminal/table.ts';
import { bytesText } from '../terminal/units.ts';
import type { CommandContext } from './context.ts';

const noteOf = ({ label, line, state }: RuntimeListing): string => {
  if (state === 'available') return `firesteel runtime add ${label}`;
  return line === label ? '' : `${line} in its place`;
};

const sizeOf = ({ state, bytes }: RuntimeListing): string =>
  state === 'installed' ? bytesText(bytes) : `${bytesText(bytes)} to fetch`;

/** The lines that `runtime list` prints. */
export const runtimeLines = (runtimes: readonly RuntimeListing[], paint: Paint): string[] =>
  tableLines(
    [
      { title: 'LABEL', align: 'left' },
      { title: 'SPARK', align: 'left' },
      { title: 'STATE', align: 'left' },
      { title: 'SIZE', align: 'right' },
      { title: '', align: 'left' },
    ],
    runtimes.map((one) => [one.label, one.sparkVersion, one.state, sizeOf(one), noteOf(one)]),
    (text, row, column) => {
      if (row === -1) return paint.dim(text);
      return column === 2 && runtimes[row]?.state === 'installed' ? paint.green(text) : text;
    },
  );

const optionsFrom = ({ config, repoDir }: CommandContext): SetUpOptions => ({
  cacheDir: config.cacheDir,
  repoDir,
  report: progressTo(process.stdout),
});

async function add(
  context: CommandContext,
  given: string,
  asLine: string | undefined,
): Promise<void> {
  const options = optionsFrom(context);
  const { label, isNew } = await addRuntime(options, given, asLine);
  const listing = (await listRuntimes(options)).find((one) => one.label === label);
  if (listing === undefined) throw new Error(`${label} has not been installed.`);
  const place = listing.line === label ? '' : `, ${listing.line} in its place`;
  const what = `Spark ${listing.sparkVersion}${place}, ${bytesText(listing.bytes)}`;
  context.say(
    isNew
      ? `${label} is installed: ${what}. Runs may begin at once, nothing has to be restarted.`
      : `${label} is there already: ${what}.`,
  );
}

async function remove(context: CommandContext, label: string): Promise<void> {
  const workersOn = (folders: readonly string[]): number => processesOnFolders(folders).length;
  const bytes = await removeRuntime(optionsFrom(context), label, workersOn);
  const freed = bytes === 0 ? 'its files serve other labels' : `${bytesText(bytes)} are free again`;
  context.say(`${label} is removed; ${freed}.`);
}

/**
 * Lists, adds or removes runtimes.
 * @param action `list`, `add` or `remove`
 * @param label empty for `list`
 * @returns the exit code
 */
export async function runtimeCommand(
  context: CommandContext,
  action: string,
  label: string,
  options: { readonly asLine: string | undefined; readonly json: boolean },
): Promise<number> {
  if (action === 'add') await add(context, label, options.asLine);
  else if (action === 'remove') await remove(context, label);
  else {
    const runtimes = await listRuntimes(optionsFrom(context));
    if (options.json) context.say(JSON.stringify({ runtimes }, null, 2));
    else for (const line of runtimeLines(runtimes, context.paint)) context.say(line);
  }
  return 0;
}
