"""The append-only record of events: timeline, audit trail (hash chain) and outbox in one."""
