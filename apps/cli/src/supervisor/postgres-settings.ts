/**
 * How the embedded PostgreSQL is set: little memory, since services and Spark share the machine.
 * `npm run bench -- log` measures a server that is set the same.
 */
export const postgresSettings: Readonly<Record<string, string | number>> = {
  max_connections: 60,
  shared_buffers: '96MB',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  max_wal_size: '256MB',
  // Files of the write-ahead log are used again instead of made anew: filling a new one with zeros holds up every commit
  // for 50 ms, twice a second under full load.
  min_wal_size: '256MB',
  // A backup of a running server needs it.
  wal_level: 'replica',
  max_wal_senders: 0,
  max_logical_replication_workers: 0,
  max_parallel_workers: 0,
  max_parallel_workers_per_gather: 0,
  io_method: 'sync',
  jit: 'off',
  autovacuum_max_workers: 1,
  autovacuum_naptime: '60s',
  // After a kill, one call instead of an fsync of each of a thousand files: 1.5 to 2.6 s on two processors.
  recovery_init_sync_method: 'syncfs',
  checkpoint_timeout: '15min',
  log_checkpoints: 'off',
  log_timezone: 'UTC',
  timezone: 'UTC',
};
