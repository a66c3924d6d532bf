"""Jobs (PgQueuer) and sweeps: what runs outside requests."""
