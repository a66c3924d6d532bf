"""The SQL of the record of events: `record` (events and heads), `feed` (their places), `anchors`."""

from tocsin.activity.store import anchors, feed, record

__all__ = ["anchors", "feed", "record"]
