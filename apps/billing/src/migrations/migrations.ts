/** Every step of billing's schema, oldest first; the list only ever grows. */
import type { NamedMigration } from '@firesteel/event-store/database';
import { CreateUsage } from './2026-11-25-create-usage.ts';
import { NoteLives } from './2026-11-26-note-lives.ts';

export const migrations: readonly NamedMigration[] = [
  { name: '2026-11-25-create-usage', class: CreateUsage },
  { name: '2026-11-26-note-lives', class: NoteLives },
];
