-- Lists that were slow at a million incidents.

-- One priority, sorted by priority.
create index incidents_of_priority on incidents (tenant_id, priority_id, priority_level, id);

-- What is resolved and waits to be closed; what says whom it hurts.
create index incidents_unclosed on incidents (tenant_id, created_at, id)
  where resolved_at is not null and closed_at is null and deleted_at is null;
create index incidents_impact on incidents (tenant_id, created_at, id) where impact <> '' and deleted_at is null;

-- A stretch of time by another sort: read from the index alone.
drop index incidents_created_at;
create index incidents_created_at on incidents (tenant_id, created_at, id)
  include (updated_at, due_at, priority_level, reference_no, deleted_at);
drop index incidents_updated_at;
create index incidents_updated_at on incidents (tenant_id, updated_at, id)
  include (created_at, due_at, priority_level, reference_no, deleted_at);
create index incidents_closed_at on incidents (tenant_id, closed_at, id)
  include (created_at, updated_at, due_at, priority_level, reference_no) where closed_at is not null and deleted_at is null;
drop index incidents_resolved_at;
create index incidents_resolved_at on incidents (tenant_id, resolved_at)
  include (created_at, priority_id, category_id, team_id, is_breached, id, updated_at, due_at, priority_level, reference_no)
  where resolved_at is not null and deleted_at is null;
