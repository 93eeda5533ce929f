/** Every step of the registry's schema, oldest first; the list only ever grows. */
import type { NamedMigration } from '@firesteel/event-store/database';
import { CreateApplication } from './2026-11-25-create-application.ts';
import { NotePools } from './2026-11-26-note-pools.ts';

export const applicationMigrations: readonly NamedMigration[] = [
  { name: '2026-11-25-create-application', class: CreateApplication },
  { name: '2026-11-26-note-pools', class: NotePools },
];
