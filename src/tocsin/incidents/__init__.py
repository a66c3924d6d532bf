"""The record: lifecycle, assignment, delegation, watchers, search."""
