"""Reminders: messages about an incident at a set time, or a while before it is due."""
