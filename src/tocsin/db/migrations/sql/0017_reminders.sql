-- A reminder that recurs (RFC 5545) counts from starts_at. nominal_at is the occurrence's own time, scheduled_for when it goes out:
-- later where somebody put it off or quiet hours hold it back. `occurrence` numbers what was sent.
alter table incident_reminders
  add column rrule text,
  add column starts_at timestamptz,
  add column nominal_at timestamptz,
  add column occurrence integer not null default 0,
  add column snoozed_until timestamptz,
  add column is_urgent boolean not null default false,
  add constraint incident_reminders_recurs check ((rrule is null) = (starts_at is null)),
  add constraint incident_reminders_by_due check (rrule is null or before_due_minutes is null);
-- What is to come, for whom it concerns
create index incident_reminders_coming on incident_reminders (tenant_id, scheduled_for, id) where state = 'scheduled';
