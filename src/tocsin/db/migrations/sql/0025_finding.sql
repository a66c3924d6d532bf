-- The record is browsed by what happened and by who did it: what is rare is found without reading everything
create index events_type on events (tenant_id, type, id);
create index events_actor on events (tenant_id, actor_id, id) where actor_id is not null;
