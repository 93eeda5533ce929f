import { statSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * Takes the directory for this process alone and gives the release. The lock is a socket in Linux'
 * abstract name space, named after the directory's device and inode: the kernel frees it however the
 * process ends, so that there is no stale lock after a kill -9. Throws when another process has it.
 */
export const lockDirectory = async (directory: string): Promise<() => Promise<void>> => {
  const { dev, ino } = statSync(directory);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', () =>
      reject(new Error(`The directory ${directory} is in use by another object store.`)),
    );
    server.listen(`\0firesteel-object-store-${dev}-${ino}`, resolve);
  });
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
};
