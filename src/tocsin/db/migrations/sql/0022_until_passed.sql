-- When delegated work has not fallen back although its time has passed: the time stays in the history, and is no timer any more
alter table incident_assignments add column until_passed boolean not null default false;
drop index incident_assignments_until;
create index incident_assignments_until on incident_assignments (delegated_until, tenant_id, id)
  where is_active and delegated_until is not null and not until_passed;
grant select (until_passed) on incident_assignments to tocsin_sweeper;
