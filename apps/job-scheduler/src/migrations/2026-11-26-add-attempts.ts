import { Migration } from '@mikro-orm/migrations';

/** Rows from before there were attempts get their only one: what a replay of their streams gives now. */
export class AddAttempts extends Migration {
  override up(): void {
    this.addSql(`update job_run set state = state || jsonb_build_object('attempts', jsonb_build_array(
      jsonb_build_object(
        'attempt', 1,
        'status', state->'status',
        'stateDetails', state->'stateDetails',
        'createdAt', state->'createdAt',
        'updatedAt', state->'updatedAt',
        'startedAt', state->'startedAt',
        'endedAt', state->'endedAt',
        'free', false)))
      where status <> ''`);
  }
}
