"""The SQL of collaboration, one module a table."""

from tocsin.collaboration.store import attachments, comments, files, major, mentions, progress, shelf, tasks

__all__ = ["attachments", "comments", "files", "major", "mentions", "progress", "shelf", "tasks"]
