-- Lists of what may be rare in a large organisation: what came in by a door or a source, what was late, what was opened anew,
-- what somebody acknowledged, what is on its way
create index incidents_origin on incidents (tenant_id, reported_via, source, created_at, id);
create index incidents_breached on incidents (tenant_id, created_at, id) where is_breached and deleted_at is null;
create index incidents_reopened on incidents (tenant_id, created_at, id) where reopen_count > 0;
create index incidents_acknowledged on incidents (tenant_id, acknowledged_at, id) where acknowledged_at is not null;
create index incidents_progress on incidents (tenant_id, progress_percent, id) where progress_percent > 0;
