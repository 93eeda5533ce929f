// The only place of set-up that looks at the environment.
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What set-up wants to know of the environment. */
export type SetUpConfig = {
  readonly cacheDir: string;
  readonly ignoreSystemJava: boolean;
  readonly javaHome: string | undefined;
  /** Folders of PATH, in order. */
  readonly searchPath: readonly string[];
  readonly mavenMirror: string | undefined;
  readonly home: string;
};

/**
 * Reads the environment: `FIRESTEEL_CACHE`, else `$XDG_CACHE_HOME/firesteel`, else
 * `~/.cache/firesteel` is the cache folder; `FIRESTEEL_IGNORE_SYSTEM_JAVA=1` leaves the machine's own
 * Java alone; `FIRESTEEL_MAVEN_MIRROR` is the URL of a Maven repository to use for everything.
 */
export const setUpConfig = (env: NodeJS.ProcessEnv = process.env): SetUpConfig => {
  const home = env['HOME'] ?? homedir();
  const caches = env['XDG_CACHE_HOME'] || join(home, '.cache');
  return {
    cacheDir: env['FIRESTEEL_CACHE'] || join(caches, 'firesteel'),
    ignoreSystemJava: env['FIRESTEEL_IGNORE_SYSTEM_JAVA'] === '1',
    javaHome: env['JAVA_HOME'] || undefined,
    searchPath: (env['PATH'] ?? '').split(':').filter((folder) => folder !== ''),
    mavenMirror: env['FIRESTEEL_MAVEN_MIRROR'] || undefined,
    home,
  };
};
