-- Clocks that an extension moved: few, counted by reports
create index incident_slas_extended on incident_slas (tenant_id, resolution_at) include (incident_id, original_due_at)
  where is_active and original_due_at is not null;
