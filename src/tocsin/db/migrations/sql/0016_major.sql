-- An incident that was declared a major one, until it is stood down; it may be declared again
create table incident_majors (
  tenant_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  reason text not null,
  stage text not null default 'investigating' check (stage in ('investigating', 'identified', 'monitoring', 'resolved')),
  commander_id uuid,
  communications_id uuid,
  scribe_id uuid,
  declared_by_id uuid,
  declared_at timestamptz not null,
  ended_by_id uuid,
  ended_at timestamptz,
  review jsonb not null default '{}',
  reviewed_by_id uuid,
  reviewed_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id),
  foreign key (tenant_id, commander_id) references users (tenant_id, id),
  foreign key (tenant_id, communications_id) references users (tenant_id, id),
  foreign key (tenant_id, scribe_id) references users (tenant_id, id),
  foreign key (tenant_id, declared_by_id) references users (tenant_id, id),
  foreign key (tenant_id, ended_by_id) references users (tenant_id, id),
  foreign key (tenant_id, reviewed_by_id) references users (tenant_id, id)
);
create index incident_majors_of on incident_majors (tenant_id, incident_id, declared_at);
create unique index incident_majors_one on incident_majors (tenant_id, incident_id) where ended_at is null;

-- What is said of it while it lasts, inside or to everybody who watches
create table incident_major_updates (
  tenant_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  major_id uuid not null,
  user_id uuid,
  stage text not null check (stage in ('investigating', 'identified', 'monitoring', 'resolved')),
  body text not null,
  body_html text not null,
  is_internal boolean not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id),
  foreign key (tenant_id, major_id) references incident_majors (tenant_id, id) on delete cascade,
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create index incident_major_updates_of on incident_major_updates (tenant_id, incident_id, created_at, id);
create index incident_major_updates_major on incident_major_updates (tenant_id, major_id);

-- The tasks that came of its review
create table incident_major_actions (
  tenant_id uuid not null,
  major_id uuid not null,
  task_id uuid not null,
  primary key (tenant_id, major_id, task_id),
  foreign key (tenant_id, major_id) references incident_majors (tenant_id, id) on delete cascade,
  foreign key (tenant_id, task_id) references incident_tasks (tenant_id, id) on delete cascade
);
create index incident_major_actions_task on incident_major_actions (tenant_id, task_id);

-- Which merge may be undone stands on the merged incident's page
create index incident_operation_items_of on incident_operation_items (tenant_id, incident_id, operation_id)
  where incident_id is not null;

do $$
declare
  seal constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
begin
  foreach name in array array['incident_majors', 'incident_major_updates', 'incident_major_actions'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (%s) with check (%s)', name, seal, seal);
    execute format('grant select, insert, update, delete on %I to tocsin_app', name);
    execute format('grant select on %I to tocsin_backup', name);
  end loop;
end $$;
