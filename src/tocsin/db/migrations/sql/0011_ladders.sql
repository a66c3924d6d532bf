-- Which hours a policy counts in, and what an escalation by hand does to its runs
alter table escalation_policies
  add column hours text not null default '24x7' check (hours in ('24x7', 'business')),
  add column on_manual text not null default 'outrun' check (on_manual in ('outrun', 'stop'));

-- What began a run (a clock and its due time, a level); the waiting that this round was spared because a step reached nobody;
-- whether anybody was reached in this round; what was left when an acknowledgement stopped it
alter table escalation_runs
  add column about jsonb not null default '{}',
  add column skipped interval not null default interval '0',
  add column reached boolean not null default false,
  add column left_over interval;

-- Whom somebody reports to
alter table users add column manager_id uuid,
  add constraint users_manager foreign key (tenant_id, manager_id) references users (tenant_id, id);
create index users_manager_of on users (tenant_id, manager_id) where manager_id is not null;

-- One row for each tenant that has set anything: who is told when a whole ladder has reached nobody
create table escalation_settings (
  tenant_id uuid not null references tenants (id),
  last_resort_id uuid,
  updated_at timestamptz not null,
  primary key (tenant_id),
  foreign key (tenant_id, last_resort_id) references users (tenant_id, id)
);
alter table escalation_settings enable row level security;
alter table escalation_settings force row level security;
create policy tenant on escalation_settings
  using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
grant select, insert, update, delete on escalation_settings to tocsin_app;
grant select on escalation_settings to tocsin_backup;
