-- Reports count what happened when: each fact by its own time, with what a roll-up groups by beside it
create index incidents_resolved_at on incidents (tenant_id, resolved_at)
  include (created_at, priority_id, category_id, team_id, is_breached)
  where resolved_at is not null and deleted_at is null;
create index incident_slas_responded on incident_slas (tenant_id, first_response_at) include (incident_id)
  where is_active and first_response_at is not null;
create index incident_slas_breached on incident_slas (tenant_id, breached_at) include (incident_id)
  where is_active and breached_at is not null;
create index events_turns on events (tenant_id, type, at) include (incident_id)
  where type in ('IncidentEscalated', 'IncidentReopened');

-- What is open is counted from the index alone, the state of its clocks included
drop index incidents_open;
create index incidents_open on incidents (tenant_id, created_at, id)
  include (status_id, priority_level, priority_id, assigned_to_id, team_id, category_id, due_at, next_due_at, updated_at, reference_no, is_breached)
  where is_open and deleted_at is null;

-- The days that were counted, in the zone in which they were days. A zone that changes makes all of them unknown
create table report_days (
  tenant_id uuid not null references tenants (id),
  day date not null,
  zone text not null,
  counted_at timestamptz not null,
  primary key (tenant_id, day)
);

-- One row a day for all incidents (key 0), and one for each priority, category and team that had something that day.
-- Times are counted in buckets, eight to each doubling of the seconds: two arrays of the same length, bucket and count
create table report_counts (
  tenant_id uuid not null references tenants (id),
  dimension text not null check (dimension in ('all', 'priority', 'category', 'team')),
  day date not null,
  key uuid not null,
  created integer not null,
  resolved integer not null,
  met integer not null,
  responded integer not null,
  breached integer not null,
  hours integer[] not null,
  response_buckets smallint[] not null,
  response_counts integer[] not null,
  resolve_buckets smallint[] not null,
  resolve_counts integer[] not null,
  primary key (tenant_id, dimension, day, key),
  check (cardinality(response_buckets) = cardinality(response_counts)),
  check (cardinality(resolve_buckets) = cardinality(resolve_counts))
);

-- A day whose facts changed after it was over is written here in the transaction that changes them, so that no reader takes
-- its counts for true; the day that runs stands here with the time at which it can be counted
create table report_marks (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  day date not null,
  due_at timestamptz not null,
  primary key (tenant_id, id)
);
create index report_marks_day on report_marks (tenant_id, day);
create index report_marks_due on report_marks (due_at, tenant_id, id);

do $$
declare
  seal constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
begin
  foreach name in array array['report_days', 'report_counts', 'report_marks'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy tenant on %I using (%s) with check (%s)', name, seal, seal);
    execute format('grant select, insert, update, delete on %I to tocsin_app', name);
    execute format('grant select on %I to tocsin_backup', name);
  end loop;
end $$;
create policy sweep on report_marks for select to tocsin_sweeper using (true);
grant select (tenant_id, id, due_at) on report_marks to tocsin_sweeper;

-- Tenants that are there already: one mark each, from which the counting goes on by itself, back to their first incident.
-- Row security is not forced on the owner yet
do $$
declare
  one uuid;
begin
  for one in select id from tenants where kind = 'live' loop
    insert into report_marks (tenant_id, id, day, due_at) values (one, gen_random_uuid(), current_date, now());
  end loop;
end $$;
alter table report_days force row level security;
alter table report_counts force row level security;
alter table report_marks force row level security;
