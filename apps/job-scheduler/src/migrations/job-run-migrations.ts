/** Every step of the scheduler's schema, oldest first; the list only ever grows. */
import type { NamedMigration } from '@firesteel/event-store/database';
import { CreateJobRun } from './2026-11-25-create-job-run.ts';
import { AddAttempts } from './2026-11-26-add-attempts.ts';
import { CreateAllowance } from './2026-11-27-create-allowance.ts';

export const jobRunMigrations: readonly NamedMigration[] = [
  { name: '2026-11-25-create-job-run', class: CreateJobRun },
  { name: '2026-11-26-add-attempts', class: AddAttempts },
  { name: '2026-11-27-create-allowance', class: CreateAllowance },
];
