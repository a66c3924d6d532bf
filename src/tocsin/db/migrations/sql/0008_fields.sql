-- Custom fields: what a tenant asks of its incidents beside what every incident has
create table custom_fields (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  slug text not null,
  name text not null,
  description text,
  type text not null check (type in ('text', 'number', 'date', 'boolean', 'choice', 'multi_choice', 'user', 'url')),
  choices jsonb not null default '[]',
  required_at text check (required_at in ('create', 'resolve')),
  is_public boolean not null default false,
  is_active boolean not null default true,
  sort_order integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index custom_fields_slug on custom_fields (tenant_id, slug);

-- The categories whose incidents have a field; a field without any belongs to all incidents
create table custom_field_categories (
  tenant_id uuid not null,
  field_id uuid not null,
  category_id uuid not null,
  primary key (tenant_id, field_id, category_id),
  foreign key (tenant_id, field_id) references custom_fields (tenant_id, id) on delete cascade,
  foreign key (tenant_id, category_id) references incident_categories (tenant_id, id)
);
create index custom_field_categories_of on custom_field_categories (tenant_id, category_id);

alter table incidents
  add column custom jsonb not null default '{}' check (jsonb_typeof(custom) = 'object'),
  add column tags text[] not null default '{}',
  add column auto_close_at timestamptz;
create index incidents_auto_close on incidents (auto_close_at, tenant_id, id) where auto_close_at is not null;

-- What lists find by a custom value or a tag: a row for each. On incidents itself a GIN index would be rewritten by every
-- update of an incident, and under row security it is dead wherever its functions may not be marked leakproof
create table incident_custom_values (
  tenant_id uuid not null,
  field_id uuid not null,
  value text collate "C" not null,
  number double precision,
  incident_id uuid not null,
  primary key (tenant_id, field_id, value, incident_id),
  foreign key (tenant_id, field_id) references custom_fields (tenant_id, id),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id)
);
create index incident_custom_values_of on incident_custom_values (tenant_id, incident_id);
create index incident_custom_values_number on incident_custom_values (tenant_id, field_id, number, incident_id)
  where number is not null;

create table incident_tags (
  tenant_id uuid not null,
  tag text collate "C" not null,
  incident_id uuid not null,
  primary key (tenant_id, tag, incident_id),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id)
);
create index incident_tags_of on incident_tags (tenant_id, incident_id);

-- What a transition demands beside being allowed: {"fields": [...], "comment": true, "permission": "...", "no_open_tasks": true}
alter table incident_status_transitions add column demands jsonb not null default '{}';

do $$
declare
  seal constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
begin
  foreach name in array array['custom_fields', 'custom_field_categories', 'incident_custom_values', 'incident_tags'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (%s) with check (%s)', name, seal, seal);
    execute format('grant select, insert, update, delete on %I to tocsin_app', name);
    execute format('grant select on %I to tocsin_backup', name);
  end loop;
end $$;

-- Of an incident the sweeper may know when it closes by itself, nothing else
create policy sweep on incidents for select to tocsin_sweeper using (true);
grant select (tenant_id, id, auto_close_at) on incidents to tocsin_sweeper;
