-- How far the work is by the last public report: what whoever reported an incident is told
alter table incidents add column public_percent smallint check (public_percent between 0 and 100);
do $$
declare
  expected bigint;
  touched bigint;
begin
  alter table incidents no force row level security;
  alter table incident_progress no force row level security;
  select count(distinct (tenant_id, incident_id)) into expected from incident_progress where not is_internal;
  update incidents i set public_percent = p.percent
  from (select distinct on (tenant_id, incident_id) tenant_id, incident_id, percent from incident_progress
    where not is_internal order by tenant_id, incident_id, created_at desc, id desc) p
  where i.tenant_id = p.tenant_id and i.id = p.incident_id;
  get diagnostics touched = row_count;
  if touched <> expected then
    raise exception 'public progress: % incidents expected, % written', expected, touched;
  end if;
  alter table incident_progress force row level security;
  alter table incidents force row level security;
end $$;
