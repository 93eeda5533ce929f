/** Every step of billing's schema, oldest first. */
import type { NamedMigration } from '@firesteel/event-store/database';
import { CreateUsage } from './2026-11-25-create-usage.ts';
import { NoteLives } from './2026-11-26-note-lives.ts';
import { CreateBudgets } from './2026-11-27-create-budgets.ts';
import { CreatePostings } from './2026-11-27-create-postings.ts';
import { CreateUtilization } from './2026-11-27-create-utilization.ts';

export const migrations: readonly NamedMigration[] = [
  { name: '2026-11-25-create-usage', class: CreateUsage },
  { name: '2026-11-26-note-lives', class: NoteLives },
  { name: '2026-11-27-create-postings', class: CreatePostings },
  { name: '2026-11-27-create-budgets', class: CreateBudgets },
  { name: '2026-11-27-create-utilization', class: CreateUtilization },
];
