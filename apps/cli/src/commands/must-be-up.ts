/** For commands that ask a running installation. */
import type { Layout } from '../state/layout.ts';
import { askStatus } from '../supervisor/control.ts';

/** @throws Error that says how to start it, when no supervisor answers */
export async function mustBeUp(layout: Pick<Layout, 'controlSocket'>): Promise<void> {
  if ((await askStatus(layout.controlSocket)) !== undefined) return;
  throw new Error('Firesteel is not running: start it with `npm run up`.');
}
