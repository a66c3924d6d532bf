-- What waits for what: a task is blocked while one that it depends on is neither done nor cancelled
create table incident_task_dependencies (
  tenant_id uuid not null,
  task_id uuid not null,
  depends_on_id uuid not null,
  primary key (tenant_id, task_id, depends_on_id),
  check (task_id <> depends_on_id),
  foreign key (tenant_id, task_id) references incident_tasks (tenant_id, id) on delete cascade,
  foreign key (tenant_id, depends_on_id) references incident_tasks (tenant_id, id) on delete cascade
);
create index incident_task_dependencies_on on incident_task_dependencies (tenant_id, depends_on_id);

-- Tasks that belong to a kind of incident
create table checklists (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  name text not null,
  slug text not null,
  category_id uuid,
  priority_id uuid,
  items jsonb not null,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, category_id) references incident_categories (tenant_id, id),
  foreign key (tenant_id, priority_id) references incident_priorities (tenant_id, id)
);
create unique index checklists_slug on checklists (tenant_id, slug);
create index checklists_category on checklists (tenant_id, category_id) where category_id is not null;
create index checklists_priority on checklists (tenant_id, priority_id) where priority_id is not null;

-- Which ones an incident has: each once, whatever becomes of its tasks
create table incident_checklists (
  tenant_id uuid not null,
  incident_id uuid not null,
  checklist_id uuid not null,
  applied_by_id uuid,
  applied_at timestamptz not null,
  primary key (tenant_id, incident_id, checklist_id),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id),
  foreign key (tenant_id, checklist_id) references checklists (tenant_id, id) on delete cascade,
  foreign key (tenant_id, applied_by_id) references users (tenant_id, id)
);
create index incident_checklists_of on incident_checklists (tenant_id, checklist_id);

-- Comments may be rewritten for a while, and go without a trace of what they said
alter table incident_comments
  add column edited_at timestamptz,
  add column deleted_at timestamptz,
  add column deleted_by_id uuid,
  add foreign key (tenant_id, deleted_by_id) references users (tenant_id, id),
  add check (deleted_at is null or (body = '' and body_html = ''));

create table incident_comment_versions (
  tenant_id uuid not null,
  id uuid not null,
  comment_id uuid not null,
  body text not null,
  body_html text not null,
  written_at timestamptz not null,
  replaced_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, comment_id) references incident_comments (tenant_id, id) on delete cascade
);
create index incident_comment_versions_of on incident_comment_versions (tenant_id, comment_id, written_at, id);

create table incident_comment_mentions (
  tenant_id uuid not null,
  comment_id uuid not null,
  user_id uuid not null,
  primary key (tenant_id, comment_id, user_id),
  foreign key (tenant_id, comment_id) references incident_comments (tenant_id, id) on delete cascade,
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create index incident_comment_mentions_of on incident_comment_mentions (tenant_id, user_id);

-- Descriptions are Markdown; their safe HTML is made when they are written (null: nobody has written one since)
alter table incidents add column description_html text;

-- When the owner is reminded that the next word is due
alter table incident_progress add column remind_at timestamptz;
create index incident_progress_due on incident_progress (remind_at, tenant_id, id) where remind_at is not null;

-- Replies that are kept ready, and several verbs under one name
create table canned_replies (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  name text not null,
  slug text not null,
  body text not null,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index canned_replies_slug on canned_replies (tenant_id, slug);

create table macros (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  name text not null,
  slug text not null,
  description text,
  steps jsonb not null,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index macros_slug on macros (tenant_id, slug);

do $$
declare
  seal constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
begin
  foreach name in array array[
    'incident_task_dependencies', 'checklists', 'incident_checklists', 'incident_comment_versions',
    'incident_comment_mentions', 'canned_replies', 'macros'
  ] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (%s) with check (%s)', name, seal, seal);
    execute format('grant select, insert, update, delete on %I to tocsin_app', name);
    execute format('grant select on %I to tocsin_backup', name);
  end loop;
end $$;

create policy sweep on incident_progress for select to tocsin_sweeper using (true);
grant select (tenant_id, id, remind_at) on incident_progress to tocsin_sweeper;

do $$
declare
  expected bigint;
  touched bigint;
begin
  -- Row security binds the owner too: without lifting it these would be silent updates of nothing.
  alter table roles no force row level security;
  select count(*) into expected from roles where slug = 'admin' and not 'incidents.macros.manage' = any (permissions);
  update roles set permissions = permissions || '{incidents.macros.manage}'
    where slug = 'admin' and not 'incidents.macros.manage' = any (permissions);
  get diagnostics touched = row_count;
  if touched <> expected then
    raise exception 'macros: % roles expected, % written', expected, touched;
  end if;
  alter table roles force row level security;

  -- What was promised before is reminded of too, where nobody has reported since
  alter table incident_progress no force row level security;
  select count(*) into expected from incident_progress p where p.next_update_due_at > now() and not exists (
    select 1 from incident_progress l where l.tenant_id = p.tenant_id and l.incident_id = p.incident_id
      and (l.created_at, l.id) > (p.created_at, p.id));
  update incident_progress p set remind_at = p.next_update_due_at where p.next_update_due_at > now() and not exists (
    select 1 from incident_progress l where l.tenant_id = p.tenant_id and l.incident_id = p.incident_id
      and (l.created_at, l.id) > (p.created_at, p.id));
  get diagnostics touched = row_count;
  if touched <> expected then
    raise exception 'progress: % reports expected, % written', expected, touched;
  end if;
  alter table incident_progress force row level security;
end $$;
