-- The place of an event among all events of its tenant, given when somebody reads the changes or anchors are made.
-- `recorded_at` never falls within a stream (its head remembers), so that this order keeps that of each stream.
alter table events add column pos bigint check (pos > 0);
alter table event_heads add column recorded_at timestamptz;
create unique index events_pos on events (tenant_id, pos) where pos is not null;
create index events_unnumbered on events (tenant_id, recorded_at, seq, id) where pos is null;

-- One row a tenant: the last place given, and when the heads of its chains are anchored next
create table event_feeds (
  tenant_id uuid primary key references tenants (id),
  last_pos bigint not null default 0,
  next_anchor_at timestamptz not null
);
create index event_feeds_due on event_feeds (next_anchor_at, tenant_id);
do $$
declare
  tenant uuid;
begin
  for tenant in select id from tenants loop
    insert into event_feeds (tenant_id, next_anchor_at) values (tenant, now());
  end loop;
end $$;

-- Signed roots over the heads of all chains, as far as `position` in the order of changes
create table audit_anchors (
  tenant_id uuid not null references tenants (id),
  number bigint not null check (number > 0),
  at timestamptz not null,
  position bigint not null,
  size bigint not null check (size > 0),
  root bytea not null check (octet_length(root) = 32),
  previous bytea not null check (octet_length(previous) = 32),
  key_id text not null,
  signature bytea not null check (octet_length(signature) = 64),
  primary key (tenant_id, number)
);

do $$
declare
  seal constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
begin
  foreach name in array array['event_feeds', 'audit_anchors'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (%s) with check (%s)', name, seal, seal);
    execute format('grant select on %I to tocsin_backup', name);
  end loop;
end $$;

-- Anchors are added, never changed; of what happened only its place may be set
grant select, insert, update on event_feeds to tocsin_app;
grant select, insert on audit_anchors to tocsin_app;
grant update (pos) on events to tocsin_app;
create policy sweep on event_feeds for select to tocsin_sweeper using (true);
grant select (tenant_id, next_anchor_at) on event_feeds to tocsin_sweeper;
