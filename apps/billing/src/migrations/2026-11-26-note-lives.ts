import { Migration } from '@mikro-orm/migrations';

/**
 * Workers that were metered before there were pools and retries: of a run's first attempt, never idle,
 * as a replay of their streams says too.
 */
export class NoteLives extends Migration {
  override up(): void {
    this.addSql(`update usage set state = jsonb_set(state, '{workers}', (
      select jsonb_agg(
        worker || jsonb_build_object('attempt', 1, 'lifeSeconds', worker -> 'usedSeconds')
        order by place)
      from jsonb_array_elements(state -> 'workers') with ordinality as metered (worker, place)))`);
  }
}
