"""Notifications: recipients, channels, deliveries. Knows people and channels, not incidents."""
