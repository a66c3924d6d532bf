-- Warnings and breaches that were found late (the worker was away) are told at once, in one message to each
create table sla_digests (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  since timestamptz not null,
  due_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id)
);
create index sla_digests_due on sla_digests (due_at, tenant_id, id);
alter table sla_digests enable row level security;
alter table sla_digests force row level security;
create policy tenant on sla_digests using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
grant select, insert, update, delete on sla_digests to tocsin_app;
grant select on sla_digests to tocsin_backup;
create policy sweep on sla_digests for select to tocsin_sweeper using (true);
grant select (tenant_id, id, due_at) on sla_digests to tocsin_sweeper;
