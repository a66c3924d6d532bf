"""What the query language knows of comments, files, tasks and major incidents."""

from __future__ import annotations

from tocsin.collaboration import store

HAS = {"comments": store.comments.HAS, "attachments": store.attachments.HAS, "tasks": store.tasks.HAS}
IS = {"major": store.major.IS}
