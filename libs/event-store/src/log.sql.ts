/**
 * The event log's schema. One log, one order: services append through one function that checks who
 * they are, the ledger alone gives every event its place. Idempotent, so that every start may run it.
 */
export const logSchema = `
create schema if not exists log;

create table if not exists log.category (
  name text primary key,
  owner name not null
);
alter table log.category add column if not exists prefix text generated always as (name || '-') stored;

-- payloads are json, not jsonb: the hash chain covers their exact bytes
create table if not exists log.event (
  pos bigint generated always as identity primary key,
  stream text not null check (stream !~ '[[:cntrl:]]'),
  version int not null check (version > 0),
  event_id uuid not null default gen_random_uuid(),
  type text not null check (type ~ '^[A-Za-z]+$'),
  recorded_at timestamptz not null default clock_timestamp(),
  data json not null,
  meta json not null,
  unique (stream, version)
);

-- only a proof may ask for an event by its id, and reads the log for it: an index of random keys would cost every append
-- a page of its own
alter table log.event drop constraint if exists event_event_id_key;

create table if not exists log.unsequenced (
  pos bigint primary key
) with (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0);

create table if not exists log.sequenced (
  global_seq bigint primary key,
  pos bigint not null unique references log.event (pos),
  hash bytea not null
);

-- one row: which life of this database the log is in; a restored copy gets a new one
create table if not exists log.incarnation (
  only_row boolean primary key default true check (only_row),
  id uuid not null default gen_random_uuid(),
  system_identifier text not null
);

create table if not exists log.published (
  topic_set text primary key,
  global_seq bigint not null
);

create table if not exists log.epoch (
  only_row boolean primary key default true check (only_row),
  epoch bigint not null default 0
);

-- what the ledger signed; the line is the exact text that lies in the other places too
create table if not exists log.checkpoint (
  seq bigint primary key,
  line text not null
);

-- closed ranges of the order that also lie in the object store, whole checkpoints each
create table if not exists log.segment (
  last_seq bigint primary key,
  first_seq bigint not null unique,
  name text not null unique,
  -- of the packed file
  sha256 text not null,
  bytes bigint not null,
  merkle_root text not null,
  previous_hash text not null,
  chain_hash text not null,
  stored_at timestamptz not null default clock_timestamp(),
  -- when its rows left the tables; null as long as they are here too
  dropped_at timestamptz
);

-- the versions of streams whose events have left, all of them or the first ones
create table if not exists log.archived_stream (
  stream text primary key,
  version int not null
);

create or replace function log.category_of(stream text) returns text
language sql stable security definer set search_path = pg_catalog, log as $$
  select name from log.category where starts_with(stream, prefix) order by length(name) desc limit 1
$$;

create or replace function log.require_owner(stream text) returns void
language plpgsql stable security definer set search_path = pg_catalog, log as $$
begin
  if not exists (select 1 from log.category where name = log.category_of(stream) and owner = session_user) then
    raise insufficient_privilege using message = format('%s does not own stream %s', session_user, stream);
  end if;
end $$;

-- the version up to which a stream's events have left for segments; 0 when it is all here
create or replace function log.archived_version(stream text) returns int
language sql stable security definer set search_path = pg_catalog, log as $$
  select coalesce(max(a.version), 0) from log.archived_stream a where a.stream = archived_version.stream
$$;

-- the one way in: a json array for each column, which is read quicker than an array of events; all of them or none. With
-- a lock time-out the rest of the transaction waits no longer for others. Events are found by their keys, whatever the
-- planner thinks of a log that was empty when this session planned
drop function if exists log.append_events(json, int);
create or replace function log.append_events(
  stream_column json, version_column json, type_column json, data_column json, meta_column json,
  lock_timeout_ms int default null) returns void
language plpgsql security definer set search_path = pg_catalog, log
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare streams text[]; befores int[]; stray text;
begin
  if lock_timeout_ms is not null then perform set_config('lock_timeout', lock_timeout_ms::text, true); end if;
  with written as (
    insert into log.event (stream, version, type, data, meta)
    select stream, version::int, type, data, meta
    from rows from (
      json_array_elements_text(stream_column), json_array_elements_text(version_column),
      json_array_elements_text(type_column), json_array_elements(data_column), json_array_elements(meta_column))
      with ordinality as e(stream, version, type, data, meta)
    order by ordinality
    returning pos, stream, version
  ), queued as (
    insert into log.unsequenced (pos) select pos from written
  ), appended as (
    -- null where the events themselves leave a version out
    select stream, case when max(version) - min(version) < count(*) then min(version) - 1 end as before
    from written group by stream
  )
  select array_agg(stream), array_agg(before) into streams, befores from appended;
  -- a stream of the longest category that fits is the rule; that none but the caller's fits is the quick way to see it
  perform log.require_owner(stream) from unnest(streams) stream where not coalesce((
    select bool_and(owner = session_user) from log.category where starts_with(stream, prefix)), false);
  -- what is there already has met the unique key, which waits for events that are leaving: only then is it known here
  -- how far they had come. What is ahead of its stream has nothing before it. A scalar subquery, since the planner would
  -- rather read the whole log into a hash for "not exists"
  select stream into stray from unnest(streams, befores) as appended(stream, before)
    left join log.archived_stream a using (stream)
    where before is null or a.version > before or (before > 0 and a.version is distinct from before and (
      select e.version from log.event e where e.stream = appended.stream and e.version = before) is null)
    limit 1;
  if stray is not null then
    raise unique_violation using message = format('stream %s is not at that version', stray);
  end if;
end $$;

drop function if exists log.append(text, int, json, json);

create or replace function log.read_stream(stream text, after_version int)
returns table (version int, type text, recorded_at timestamptz, data json, meta json)
language plpgsql stable security definer set search_path = pg_catalog, log as $$
begin
  perform log.require_owner(stream);
  if log.archived_version(stream) > after_version then
    raise exception 'the events of stream % up to version % have left for segments', stream, log.archived_version(stream);
  end if;
  return query select e.version, e.type, e.recorded_at, e.data, e.meta from log.event e
    where e.stream = read_stream.stream and e.version > after_version order by e.version;
end $$;

-- a superuser's slip must not change history either
create or replace function log.refuse_change() returns trigger language plpgsql as $$
begin
  -- only log.drop_segment says so, for its own transaction
  if tg_op = 'DELETE' and current_setting('firesteel.dropping', true) = pg_current_xact_id()::text then return old; end if;
  raise exception 'events are never changed or deleted';
end $$;
create or replace trigger event_is_immutable before update or delete on log.event
  for each row execute function log.refuse_change();
create or replace trigger sequence_is_immutable before update or delete on log.sequenced
  for each row execute function log.refuse_change();
create or replace trigger checkpoint_is_immutable before update or delete on log.checkpoint
  for each row execute function log.refuse_change();

-- the one way out: the rows of the oldest segment that still has them, once everybody has been told of its events.
-- Whoever calls it has read the file back. The newest event stays, the chain goes on from it.
create or replace function log.drop_segment(last bigint) returns bigint
language plpgsql security definer set search_path = pg_catalog, log as $$
declare range log.segment; dropped bigint;
begin
  select * into range from log.segment where dropped_at is null order by last_seq limit 1 for update;
  if range.last_seq is distinct from last then raise exception 'segment up to % is not the oldest with rows', last; end if;
  if not exists (select from log.published where topic_set = 'all' and global_seq >= last) then
    raise exception 'events up to % are not published yet', last;
  end if;
  if not exists (select from log.sequenced where global_seq > last) then raise exception 'the newest event stays'; end if;
  insert into log.archived_stream (stream, version)
    select e.stream, max(e.version) from log.sequenced s join log.event e using (pos)
    where s.global_seq between range.first_seq and last group by e.stream
    on conflict (stream) do update set version = excluded.version;
  perform set_config('firesteel.dropping', pg_current_xact_id()::text, true);
  with places as (select pos from log.sequenced where global_seq between range.first_seq and last),
    unplaced as (delete from log.sequenced where global_seq between range.first_seq and last)
  delete from log.event where pos in (select pos from places);
  get diagnostics dropped = row_count;
  perform set_config('firesteel.dropping', '', true);
  if dropped <> last - range.first_seq + 1 then raise exception 'segment up to % is not whole in the log', last; end if;
  update log.segment set dropped_at = clock_timestamp() where last_seq = last;
  return dropped;
end $$;

revoke all on all tables in schema log from public;
revoke all on all functions in schema log from public;
insert into log.incarnation (system_identifier) select system_identifier::text from pg_control_system()
on conflict (only_row) do update set id = gen_random_uuid(), system_identifier = excluded.system_identifier
where log.incarnation.system_identifier <> excluded.system_identifier;
insert into log.epoch default values on conflict do nothing;
`;
