-- A duplicate that was merged: what it leads on to
alter table incidents add column merged_into_id uuid;
alter table incidents add foreign key (tenant_id, merged_into_id) references incidents (tenant_id, id);
create index incidents_merged_into on incidents (tenant_id, merged_into_id) where merged_into_id is not null;

create table incident_links (
  tenant_id uuid not null,
  id uuid not null,
  from_id uuid not null,
  to_id uuid not null,
  type text not null check (type in ('relates', 'duplicates', 'blocks', 'caused_by', 'child_of')),
  created_by_id uuid,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  check (from_id <> to_id),
  foreign key (tenant_id, from_id) references incidents (tenant_id, id),
  foreign key (tenant_id, to_id) references incidents (tenant_id, id),
  foreign key (tenant_id, created_by_id) references users (tenant_id, id)
);
create unique index incident_links_once on incident_links (tenant_id, from_id, to_id, type);
create index incident_links_to on incident_links (tenant_id, to_id, type);
-- An incident is part of one other at most
create unique index incident_links_parent on incident_links (tenant_id, from_id) where type = 'child_of';

-- What was done by one request and can be undone as a whole; a long one works as a job, `next_run_at` is its timer
create table incident_operations (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null,
  verb text,
  given jsonb not null default '{}',
  may text[] not null,
  held text[] not null default '{}',
  actor_id uuid,
  source text not null,
  state text not null default 'done' check (state in ('done', 'queued', 'running', 'cancelled')),
  total integer not null default 1,
  created_at timestamptz not null,
  recorded_at timestamptz not null,
  finished_at timestamptz,
  undo_until timestamptz not null,
  undone_at timestamptz,
  undone_by_id uuid,
  is_undoing boolean not null default false,
  next_run_at timestamptz,
  primary key (tenant_id, id),
  check ((state in ('queued', 'running') or is_undoing) = (next_run_at is not null)),
  foreign key (tenant_id, actor_id) references users (tenant_id, id),
  foreign key (tenant_id, undone_by_id) references users (tenant_id, id)
);
create index incident_operations_age on incident_operations (tenant_id, recorded_at);
create index incident_operations_due on incident_operations (next_run_at, tenant_id, id) where next_run_at is not null;

-- One incident of an operation: what came of it (null: not yet), and how it was before (kept while it can be undone)
create table incident_operation_items (
  tenant_id uuid not null,
  operation_id uuid not null,
  place integer not null,
  ref text not null,
  incident_id uuid,
  status smallint,
  problem jsonb,
  version integer,
  image jsonb,
  moved jsonb,
  undo_status smallint,
  undo_problem jsonb,
  primary key (tenant_id, operation_id, place),
  foreign key (tenant_id, operation_id) references incident_operations (tenant_id, id) on delete cascade,
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id)
);
create index incident_operation_items_open on incident_operation_items (tenant_id, operation_id, place) where status is null;

do $$
declare
  seal constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
begin
  foreach name in array array['incident_links', 'incident_operations', 'incident_operation_items'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (%s) with check (%s)', name, seal, seal);
    execute format('grant select, insert, update, delete on %I to tocsin_app', name);
    execute format('grant select on %I to tocsin_backup', name);
  end loop;
end $$;
create policy sweep on incident_operations for select to tocsin_sweeper using (true);
grant select (tenant_id, id, next_run_at) on incident_operations to tocsin_sweeper;
