"""Tenants: who they are, their settings, their state, and the clock of a sandbox."""
