-- Which time counts. A version is never changed: clocks that run refer to the one they were started with
create table sla_calendars (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  name text not null,
  slug text not null,
  time_zone text not null,
  hours jsonb not null,
  holidays jsonb not null default '[]',
  is_default boolean not null default false,
  is_active boolean not null default true,
  version integer not null default 1,
  version_id uuid not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, slug),
  check (is_active or not is_default)
);
create unique index sla_calendars_default on sla_calendars (tenant_id) where is_default;

create table sla_calendar_versions (
  tenant_id uuid not null,
  id uuid not null,
  calendar_id uuid not null,
  version integer not null,
  name text not null,
  time_zone text not null,
  hours jsonb not null,
  holidays jsonb not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, calendar_id, version),
  foreign key (tenant_id, calendar_id) references sla_calendars (tenant_id, id)
);

-- What is promised, refined: a policy is about incidents of a category, of a team, of an organisation's reporters, or all
create table sla_policies (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  name text not null,
  slug text not null,
  category_id uuid,
  team_id uuid,
  organisation text,
  calendar_id uuid,
  warning_percents integer[],
  extensions integer,
  hands_minutes integer,
  is_active boolean not null default true,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, slug),
  check (hands_minutes is null or team_id is not null),
  foreign key (tenant_id, category_id) references incident_categories (tenant_id, id),
  foreign key (tenant_id, team_id) references teams (tenant_id, id),
  foreign key (tenant_id, calendar_id) references sla_calendars (tenant_id, id)
);
create index sla_policies_calendar on sla_policies (tenant_id, calendar_id) where calendar_id is not null;
create index sla_policies_category on sla_policies (tenant_id, category_id) where category_id is not null;
create index sla_policies_team on sla_policies (tenant_id, team_id) where team_id is not null;

create table sla_targets (
  tenant_id uuid not null,
  id uuid not null,
  policy_id uuid not null,
  priority_id uuid not null,
  response_minutes integer,
  update_minutes integer,
  resolution_minutes integer,
  calendar_id uuid,
  primary key (tenant_id, id),
  unique (tenant_id, policy_id, priority_id),
  foreign key (tenant_id, policy_id) references sla_policies (tenant_id, id) on delete cascade,
  foreign key (tenant_id, priority_id) references incident_priorities (tenant_id, id),
  foreign key (tenant_id, calendar_id) references sla_calendars (tenant_id, id)
);
create index sla_targets_priority on sla_targets (tenant_id, priority_id);
create index sla_targets_calendar on sla_targets (tenant_id, calendar_id) where calendar_id is not null;

-- The clocks: their calendar (null: around the clock), the promise of the next public update, a later due time that was granted
alter table incident_slas
  add column calendar_version_id uuid,
  add column update_target_minutes integer,
  add column update_due_at timestamptz,
  add column publicly_updated_at timestamptz,
  add column update_warned smallint not null default 0,
  add column update_breached_at timestamptz,
  add column extended_at timestamptz,
  add column extended_due_at timestamptz,
  add column original_due_at timestamptz,
  add foreign key (tenant_id, calendar_version_id) references sla_calendar_versions (tenant_id, id);
create index incident_slas_calendar on incident_slas (tenant_id, calendar_version_id) where calendar_version_id is not null;

-- Later due times that were asked for. Of one incident one at a time may wait for an answer
create table incident_extensions (
  tenant_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  due_at timestamptz not null,
  original_due_at timestamptz not null,
  reason text not null,
  state text not null default 'pending' check (state in ('pending', 'approved', 'rejected', 'withdrawn', 'expired')),
  requested_by_id uuid not null,
  decided_by_id uuid,
  decided_at timestamptz,
  note text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id),
  foreign key (tenant_id, requested_by_id) references users (tenant_id, id),
  foreign key (tenant_id, decided_by_id) references users (tenant_id, id)
);
create index incident_extensions_of on incident_extensions (tenant_id, incident_id, id);
create unique index incident_extensions_pending on incident_extensions (tenant_id, incident_id) where state = 'pending';
create index incident_extensions_waiting on incident_extensions (tenant_id, created_at, id) where state = 'pending';
create index incident_extensions_by on incident_extensions (tenant_id, requested_by_id);

-- The time an incident spends in a team's hands, against what the team has promised. `held` are the stretches that are over
create table incident_team_clocks (
  tenant_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  team_id uuid not null,
  policy jsonb not null,
  calendar_version_id uuid,
  target_minutes integer not null,
  warning_percents integer[] not null,
  held jsonb not null default '[]',
  running_since timestamptz,
  due_at timestamptz,
  warned smallint not null default 0,
  breached_at timestamptz,
  next_check_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, incident_id, team_id),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id),
  foreign key (tenant_id, team_id) references teams (tenant_id, id),
  foreign key (tenant_id, calendar_version_id) references sla_calendar_versions (tenant_id, id)
);
create index incident_team_clocks_due on incident_team_clocks (next_check_at, tenant_id, id) where next_check_at is not null;
create index incident_team_clocks_team on incident_team_clocks (tenant_id, team_id);
create index incident_team_clocks_calendar on incident_team_clocks (tenant_id, calendar_version_id)
  where calendar_version_id is not null;

do $$
declare
  name text;
begin
  foreach name in array array[
    'sla_calendars', 'sla_calendar_versions', 'sla_policies', 'sla_targets', 'incident_extensions', 'incident_team_clocks'
  ] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)'
      ' with check (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
    execute format('grant select, insert, update, delete on %I to tocsin_app', name);
    execute format('grant select on %I to tocsin_backup', name);
  end loop;
end $$;
revoke update, delete on sla_calendar_versions from tocsin_app;
grant delete on sla_calendar_versions to tocsin_app;
create policy sweep on incident_team_clocks for select to tocsin_sweeper using (true);
grant select (tenant_id, id, next_check_at) on incident_team_clocks to tocsin_sweeper;

-- The calendar that every tenant has had so far, to be seen and to be replaced
do $$
declare
  tenant record;
  calendar uuid;
  version uuid;
  always jsonb := '{"mon": [["00:00", "24:00"]], "tue": [["00:00", "24:00"]], "wed": [["00:00", "24:00"]],
    "thu": [["00:00", "24:00"]], "fri": [["00:00", "24:00"]], "sat": [["00:00", "24:00"]], "sun": [["00:00", "24:00"]]}';
begin
  alter table sla_calendars no force row level security;
  alter table sla_calendar_versions no force row level security;
  for tenant in select id, time_zone from tenants loop
    calendar := gen_random_uuid();
    version := gen_random_uuid();
    insert into sla_calendars (tenant_id, id, name, slug, time_zone, hours, is_default, version_id, created_at, updated_at)
      values (tenant.id, calendar, 'Around the clock', '24x7', tenant.time_zone, always, true, version, now(), now());
    insert into sla_calendar_versions (tenant_id, id, calendar_id, version, name, time_zone, hours, holidays, created_at)
      values (tenant.id, version, calendar, 1, 'Around the clock', tenant.time_zone, always, '[]', now());
  end loop;
  alter table sla_calendars force row level security;
  alter table sla_calendar_versions force row level security;
end $$;
