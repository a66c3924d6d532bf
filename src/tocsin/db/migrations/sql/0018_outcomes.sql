-- Which clocks missed their time when: reports by clock count each by its own moment
create index incident_slas_response_breached on incident_slas (tenant_id, response_breached_at) include (incident_id)
  where is_active and response_breached_at is not null;
create index incident_slas_resolution_breached on incident_slas (tenant_id, resolution_breached_at) include (incident_id)
  where is_active and resolution_breached_at is not null;
create index incident_slas_update_breached on incident_slas (tenant_id, update_breached_at) include (incident_id)
  where is_active and update_breached_at is not null;
