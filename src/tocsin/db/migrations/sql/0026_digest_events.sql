-- Whoever finds something late writes a row of their own that names it; all rows that stand are told together
alter table sla_digests drop constraint sla_digests_tenant_id_key;
alter table sla_digests add column events uuid[] not null default '{}';
do $$
declare
  expected bigint;
  touched bigint;
begin
  alter table sla_digests no force row level security;
  alter table events no force row level security;
  select count(*) into expected from sla_digests;
  update sla_digests d set events = array(
    select e.id from events e
    where e.tenant_id = d.tenant_id and e.recorded_at >= d.since and e.type in ('SlaWarning', 'SlaBreached')
      and (e.facts->>'is_late')::boolean);
  get diagnostics touched = row_count;
  if touched <> expected then
    raise exception 'digests: % rows expected, % written', expected, touched;
  end if;
  alter table events force row level security;
  alter table sla_digests force row level security;
end $$;
alter table sla_digests drop column since;
