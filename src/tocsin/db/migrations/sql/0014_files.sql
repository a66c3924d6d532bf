-- A file in the object store, once for each content of a tenant; attachments name it
create table stored_files (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  disk text not null,
  path text not null,
  mime_type text not null,
  size_bytes bigint not null check (size_bytes > 0),
  sha256 bytea not null check (octet_length(sha256) = 32),
  -- none: there was no scanner when it came. Whatever waits or is infected is locked up
  scan text not null default 'none' check (scan in ('none', 'waiting', 'clean', 'infected')),
  scan_found text,
  thumbnail text not null default 'none' check (thumbnail in ('none', 'waiting', 'made')),
  -- when the scanner or the maker of thumbnails looks at it, and how often it was in vain
  due_at timestamptz,
  attempts integer not null default 0,
  created_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index stored_files_content on stored_files (tenant_id, sha256);
create unique index stored_files_path on stored_files (tenant_id, path);
create index stored_files_due on stored_files (due_at, tenant_id, id) where due_at is not null;

-- A row for each tenant: the key of its download links, and when its part of the store is swept
create table file_stores (
  tenant_id uuid primary key references tenants (id),
  link_key bytea not null check (octet_length(link_key) = 32),
  next_sweep_at timestamptz not null
);
create index file_stores_due on file_stores (next_sweep_at, tenant_id);

alter table incident_attachments add column file_id uuid;
drop index incident_attachments_path;
alter table incident_attachments no force row level security;
do $$
declare
  one record;
  known uuid;
begin
  for one in select id from tenants loop
    insert into file_stores (tenant_id, link_key, next_sweep_at) values (
      one.id, decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'), now() + interval '1 day');
  end loop;
  for one in select * from incident_attachments order by tenant_id, created_at, id loop
    select id into known from stored_files where tenant_id = one.tenant_id and sha256 = one.sha256;
    if known is null then
      known := one.id;
      insert into stored_files (tenant_id, id, disk, path, mime_type, size_bytes, sha256, thumbnail, due_at, created_at)
        values (one.tenant_id, one.id, one.disk, one.path, one.mime_type, one.size_bytes, one.sha256,
          case when one.mime_type in ('image/png', 'image/jpeg', 'image/gif', 'image/webp') then 'waiting' else 'none' end,
          case when one.mime_type in ('image/png', 'image/jpeg', 'image/gif', 'image/webp') then now() end, one.created_at);
    end if;
    update incident_attachments a set file_id = known, disk = f.disk, path = f.path from stored_files f
      where a.tenant_id = one.tenant_id and a.id = one.id and f.tenant_id = one.tenant_id and f.id = known;
  end loop;
  if exists (select 1 from incident_attachments where file_id is null) then
    raise exception 'an attachment has no stored file';
  end if;
end $$;
alter table incident_attachments force row level security;
alter table incident_attachments
  alter column file_id set not null,
  add foreign key (tenant_id, file_id) references stored_files (tenant_id, id);
create index incident_attachments_file on incident_attachments (tenant_id, file_id);

do $$
declare
  seal constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
begin
  foreach name in array array['stored_files', 'file_stores'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (%s) with check (%s)', name, seal, seal);
    execute format('create policy sweep on %I for select to tocsin_sweeper using (true)', name);
    execute format('grant select on %I to tocsin_backup', name);
  end loop;
end $$;

grant select, insert, update, delete on stored_files to tocsin_app;
grant select, insert, update on file_stores to tocsin_app;
grant select (tenant_id, id, due_at) on stored_files to tocsin_sweeper;
grant select (tenant_id, next_sweep_at) on file_stores to tocsin_sweeper;
