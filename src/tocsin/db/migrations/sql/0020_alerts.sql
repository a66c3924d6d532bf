-- The addresses at which people want to be told, and whether each is known to be theirs. Codes are kept as hashes
create table user_channels (
  tenant_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  kind text not null check (kind in ('email', 'sms')),
  address text not null,
  verified_at timestamptz,
  code_hash bytea,
  code_sent_at timestamptz,
  guesses integer not null default 0,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  check ((code_hash is null) = (code_sent_at is null)),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create unique index user_channels_once on user_channels (tenant_id, user_id, kind, address);

-- A path that only the recipient gets to see, and what it is for
alter table notification_deliveries
  add column link text,
  add column link_text text;

-- How each person wants to be told of an escalation: a ladder of their own. Nobody's row: by e-mail at once
create table notification_rules (
  tenant_id uuid not null,
  user_id uuid not null,
  rules jsonb not null,
  updated_at timestamptz not null,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);

-- A person being told of an escalation, until somebody acknowledges. `step` counts the rules that are done. Nobody is told
-- twice on one occasion, so that deputies of each other don't go round in circles
create table escalation_alerts (
  tenant_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  user_id uuid not null,
  run_id uuid,
  occasion text not null,
  reason text not null,
  rules jsonb not null,
  state text not null default 'running' check (state in ('running', 'finished', 'stopped')),
  ended_because text,
  step integer not null default 0,
  started_at timestamptz not null,
  next_at timestamptz,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  check ((state = 'running') = (next_at is not null)),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id),
  foreign key (tenant_id, run_id) references escalation_runs (tenant_id, id)
);
create unique index escalation_alerts_once on escalation_alerts (tenant_id, occasion, user_id);
create index escalation_alerts_of on escalation_alerts (tenant_id, incident_id, started_at, id);
create index escalation_alerts_due on escalation_alerts (next_at, tenant_id, id) where next_at is not null;

-- The key that signs links to acknowledge by; and when a policy's reachability is looked at next, and what was found
alter table escalation_settings add column link_key bytea;
alter table escalation_policies
  add column next_reach_at timestamptz,
  add column reach jsonb;
create index escalation_policies_reach on escalation_policies (next_reach_at, tenant_id, id) where next_reach_at is not null;
do $$
declare
  expected bigint;
  touched bigint;
begin
  alter table escalation_policies no force row level security;
  select count(*) into expected from escalation_policies where is_active;
  update escalation_policies set next_reach_at = now() where is_active;
  get diagnostics touched = row_count;
  if touched <> expected then
    raise exception 'reach: % policies expected, % written', expected, touched;
  end if;
  alter table escalation_policies force row level security;
end $$;

do $$
declare
  seal constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
begin
  foreach name in array array['user_channels', 'notification_rules', 'escalation_alerts'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (%s) with check (%s)', name, seal, seal);
    execute format('grant select, insert, update, delete on %I to tocsin_app', name);
    execute format('grant select on %I to tocsin_backup', name);
  end loop;
end $$;
create policy sweep on escalation_alerts for select to tocsin_sweeper using (true);
grant select (tenant_id, id, next_at) on escalation_alerts to tocsin_sweeper;
create policy sweep on escalation_policies for select to tocsin_sweeper using (true);
grant select (tenant_id, id, next_reach_at) on escalation_policies to tocsin_sweeper;
