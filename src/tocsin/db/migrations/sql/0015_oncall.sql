-- Who has the watch: a schedule is made of layers, the lowest first. A schedule is retired, never deleted: ladders name it
create table oncall_schedules (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  slug text not null,
  name text not null,
  description text,
  time_zone text not null,
  team_id uuid,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, team_id) references teams (tenant_id, id)
);
create unique index oncall_schedules_slug on oncall_schedules (tenant_id, slug);
create index oncall_schedules_team on oncall_schedules (tenant_id, team_id) where team_id is not null;

-- A layer that is changed ends, and a new one begins: what was stays as it was. `starts` is a wall time of the layer's zone
create table oncall_layers (
  tenant_id uuid not null,
  id uuid not null,
  schedule_id uuid not null,
  position integer not null,
  name text not null,
  rotation text not null check (rotation in ('daily', 'weekly', 'custom')),
  every integer not null check (every between 1 and 10000),
  starts text not null,
  time_zone text,
  hours jsonb not null default '{}',
  valid_from timestamptz not null,
  valid_until timestamptz,
  primary key (tenant_id, id),
  check (valid_from <= valid_until),
  foreign key (tenant_id, schedule_id) references oncall_schedules (tenant_id, id)
);
create index oncall_layers_of on oncall_layers (tenant_id, schedule_id, valid_until);

create table oncall_layer_people (
  tenant_id uuid not null,
  layer_id uuid not null,
  position integer not null,
  user_id uuid not null,
  primary key (tenant_id, layer_id, position),
  foreign key (tenant_id, layer_id) references oncall_layers (tenant_id, id) on delete cascade,
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create index oncall_layer_people_of on oncall_layer_people (tenant_id, user_id);

create table oncall_overrides (
  tenant_id uuid not null,
  id uuid not null,
  schedule_id uuid not null,
  user_id uuid not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  reason text,
  swap_id uuid,
  created_by_id uuid,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  check (starts_at < ends_at),
  foreign key (tenant_id, schedule_id) references oncall_schedules (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id),
  foreign key (tenant_id, created_by_id) references users (tenant_id, id)
);
create index oncall_overrides_of on oncall_overrides (tenant_id, schedule_id, ends_at);

-- Somebody asks somebody else to take the watch over, maybe for a watch of theirs in return; the other must agree
create table oncall_swaps (
  tenant_id uuid not null,
  id uuid not null,
  schedule_id uuid not null,
  from_user_id uuid not null,
  to_user_id uuid not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  return_starts_at timestamptz,
  return_ends_at timestamptz,
  note text,
  state text not null default 'asked' check (state in ('asked', 'accepted', 'declined', 'withdrawn')),
  decided_at timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  check (starts_at < ends_at and from_user_id <> to_user_id),
  check (return_starts_at < return_ends_at),
  check ((return_starts_at is null) = (return_ends_at is null)),
  check ((state = 'asked') = (decided_at is null)),
  foreign key (tenant_id, schedule_id) references oncall_schedules (tenant_id, id),
  foreign key (tenant_id, from_user_id) references users (tenant_id, id),
  foreign key (tenant_id, to_user_id) references users (tenant_id, id)
);
create index oncall_swaps_of on oncall_swaps (tenant_id, schedule_id, created_at, id);
alter table oncall_overrides add foreign key (tenant_id, swap_id) references oncall_swaps (tenant_id, id);

-- Secret addresses of calendar feeds, as hashes: one for each person and schedule (null: all watches of the person)
create table oncall_feeds (
  tenant_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  schedule_id uuid,
  secret_hash bytea not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
  foreign key (tenant_id, schedule_id) references oncall_schedules (tenant_id, id)
);
create unique index oncall_feeds_secret on oncall_feeds (tenant_id, secret_hash);
create unique index oncall_feeds_once on oncall_feeds (tenant_id, user_id, schedule_id) nulls not distinct;

do $$
declare
  seal constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
begin
  foreach name in array array[
    'oncall_schedules', 'oncall_layers', 'oncall_layer_people', 'oncall_overrides', 'oncall_swaps', 'oncall_feeds'
  ] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (%s) with check (%s)', name, seal, seal);
    execute format('grant select, insert, update, delete on %I to tocsin_app', name);
    execute format('grant select on %I to tocsin_backup', name);
  end loop;
end $$;
