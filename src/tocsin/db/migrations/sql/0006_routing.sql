-- How a team hands new work to its members: not at all (it waits in the queue), in turn, to who has least, to who knows the reporter
alter table teams add column spread text not null default 'none'
  check (spread in ('none', 'round_robin', 'least_work', 'sticky'));

-- When somebody is away, and who gets what is meant for them until they are back
create table user_absences (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  user_id uuid not null,
  deputy_id uuid,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  created_by_id uuid,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  check (starts_at < ends_at),
  check (deputy_id <> user_id),
  foreign key (tenant_id, user_id) references users (tenant_id, id),
  foreign key (tenant_id, deputy_id) references users (tenant_id, id),
  foreign key (tenant_id, created_by_id) references users (tenant_id, id)
);
create index user_absences_of on user_absences (tenant_id, user_id, ends_at);
create index user_absences_deputy on user_absences (tenant_id, deputy_id);

-- Where new incidents go: the first rule, by position, that fits and whose target can take them
create table routing_rules (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  name text not null,
  position integer not null,
  is_active boolean not null default true,
  sources text[] not null default '{}',
  organizations text[] not null default '{}',
  keywords text[] not null default '{}',
  custom jsonb not null default '{}',
  team_id uuid,
  user_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  check (num_nonnulls(team_id, user_id) > 0),
  foreign key (tenant_id, team_id) references teams (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create index routing_rules_order on routing_rules (tenant_id, position, id);

-- The categories and priorities that a rule wants: rows, so that the database itself keeps them real
create table routing_rule_entries (
  tenant_id uuid not null,
  id uuid not null,
  rule_id uuid not null,
  category_id uuid,
  priority_id uuid,
  primary key (tenant_id, id),
  check (num_nonnulls(category_id, priority_id) = 1),
  foreign key (tenant_id, rule_id) references routing_rules (tenant_id, id) on delete cascade,
  foreign key (tenant_id, category_id) references incident_categories (tenant_id, id),
  foreign key (tenant_id, priority_id) references incident_priorities (tenant_id, id)
);
create index routing_rule_entries_of on routing_rule_entries (tenant_id, rule_id);
create index routing_rule_entries_category on routing_rule_entries (tenant_id, category_id) where category_id is not null;
create index routing_rule_entries_priority on routing_rule_entries (tenant_id, priority_id) where priority_id is not null;

-- Whose turn it is in a team. `handed` is what was handed out last, for those who choose before it can be seen
create table team_turns (
  tenant_id uuid not null,
  team_id uuid not null,
  turn bigint not null,
  handed jsonb not null default '[]',
  primary key (tenant_id, team_id),
  foreign key (tenant_id, team_id) references teams (tenant_id, id)
);

-- Who has how much open work is counted from the index alone
create index incidents_open_work on incidents (tenant_id, assigned_to_id, priority_level)
  where is_open and deleted_at is null and assigned_to_id is not null;

-- A watcher may want to hear nothing: of a member without a watch of their own (through a team, say) the row says just this
alter table incident_watchers add column is_muted boolean not null default false;

do $$
declare
  seal constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
begin
  foreach name in array array['user_absences', 'routing_rules', 'routing_rule_entries', 'team_turns'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (%s) with check (%s)', name, seal, seal);
    execute format('grant select, insert, update, delete on %I to tocsin_app', name);
    execute format('grant select on %I to tocsin_backup', name);
  end loop;
end $$;
