"""When a reminder goes out, from data alone.

A reminder is for a time, or for a while before the incident is due; the latter moves with the due time and rests while
there is none, while the incident waits (its due time stands still) and while it is resolved. A closed incident cancels
what is scheduled; a deleted one what comes due before it is restored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tocsin.base.errors import BadValue

KINDS = ("user", "team", "role")
WORDS = ("owner", "watchers", "reporter")


def scheduled_for(due_at: datetime | None, before_due_minutes: int) -> datetime | None:
    """When a reminder that goes by the due time goes out; None without one."""
    return None if due_at is None else due_at - timedelta(minutes=before_due_minutes)


def whole_minutes(duration: timedelta) -> int | None:
    """A duration in minutes, None unless they are whole and at least one."""
    minutes, rest = divmod(duration, timedelta(minutes=1))
    return minutes if minutes >= 1 and not rest else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a due reminder: `send`, `rest` (till its due time moves) or `cancel` (and why)."""

    kind: Literal["send", "rest", "cancel"]
    because: str = ""


def judge(*, is_there: bool, is_terminal: bool, is_open: bool, is_paused: bool, by_due: bool) -> Verdict:
    """What becomes of a due reminder, by what its incident is like (`is_there`: not deleted)."""
    if not is_there or is_terminal:
        return Verdict("cancel", "closed" if is_there else "deleted")
    if by_due and (is_paused or not is_open):
        return Verdict("rest")
    return Verdict("send")


@dataclass(frozen=True, slots=True)
class To:
    """One entry of a reminder's recipients: a word (`owner`, `watchers`, `reporter`, `me`) or a kind with a reference."""

    kind: str
    ref: str = ""


class BadRecipient(BadValue):
    """Not a recipient that can be read."""


def read_recipient(given: str) -> To:
    """The entry that a text names: a word, `role:manager`, `team:network`, else a member's id or e-mail."""
    text = given.strip()
    if text in WORDS:
        return To(text)
    kind, colon, ref = text.partition(":")
    if colon and kind in KINDS:
        if not ref:
            raise BadRecipient("Say which {kind}, such as {kind}:name.", kind=kind)
        return To(kind, ref)
    if not text:
        raise BadRecipient("Name somebody: an id, an e-mail, owner, watchers, reporter, role:… or team:….")
    return To("user", text)


def first_of_each(entries: Sequence[To]) -> list[To]:
    """The entries without repetitions, in order."""
    return list(dict.fromkeys(entries))
