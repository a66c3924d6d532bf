-- Where an organisation's own messages of a channel go. Address and secret are sealed by a key that is not in the database
create table notification_gateways (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  channel text not null check (channel in ('slack', 'sms')),
  host text not null,
  has_secret boolean not null,
  sealed bytea not null,
  updated_by_id uuid,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, updated_by_id) references users (tenant_id, id)
);
create unique index notification_gateways_channel on notification_gateways (tenant_id, channel);
alter table notification_gateways enable row level security;
alter table notification_gateways force row level security;
create policy tenant on notification_gateways
  using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
grant select, insert, update, delete on notification_gateways to tocsin_app;
grant select on notification_gateways to tocsin_backup;
