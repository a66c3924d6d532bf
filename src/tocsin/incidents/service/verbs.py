"""What can be done to many incidents at once: each a verb that is there for one, with the body that it takes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.manifest import BulkVerb
from tocsin.db.tx import Tx
from tocsin.incidents.service.acknowledge import acknowledge
from tocsin.incidents.service.assign import assign, unassign
from tocsin.incidents.service.custom import change_tags
from tocsin.incidents.service.delegate import delegate, recall
from tocsin.incidents.service.delete import delete, restore
from tocsin.incidents.service.merge import merge
from tocsin.incidents.service.queues import claim, hand_over
from tocsin.incidents.service.status import close, reopen, resolve, transition
from tocsin.incidents.service.update import Change, update
from tocsin.incidents.service.watch import add_watcher
from tocsin.web.routes import Nothing

Note = Annotated[str, Meta(max_length=10_000)]


class Assign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person (`owner` replaces the owner, `collaborator` joins) and/or a team."""

    user: str | None = None
    team: str | None = None
    capacity: Literal["owner", "collaborator"] = msgspec.field(default="owner", name="as")
    note: Note | None = None


class Unassign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without a user the owner is taken off."""

    user: str | None = None
    note: Note | None = None


class Delegate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To whom; at `until` the work falls back."""

    user: str
    note: Note | None = None
    until: datetime | None = None


class Transition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The status to go to, and what the transition demands: a comment as `note`, values as `fields` (custom ones by slug)."""

    status: str
    note: Note | None = None
    fields: dict[str, Any] | None = None


class WithNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word on why, and values of fields (custom ones by slug): needed where the transition demands them."""

    note: Note | None = None
    fields: dict[str, Any] | None = None


class OnlyNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word on why."""

    note: Note | None = None


class HandOver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The team that takes over."""

    team: str
    note: Note | None = None


class Into(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The incident that the work goes on in, by id or reference code."""

    into: str


class Fields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What PUT can set on many incidents alike; what is left out stays, null clears."""

    category: str | UnsetType | None = UNSET
    priority: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    assigned_to: str | UnsetType | None = UNSET
    team: str | UnsetType | None = UNSET
    due_at: datetime | UnsetType | None = UNSET
    custom: dict[str, Any] | UnsetType | None = UNSET
    tags: list[str] | UnsetType | None = UNSET


class Tags(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tags to put on and to take off; those that are so already change nothing."""

    add: list[str] = []
    remove: list[str] = []


class Watcher(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is to watch: a member, a team, or an address outside."""

    user: str | None = None
    team: str | None = None
    email: str | None = None


async def _assign(tx: Tx, actor: Actor, ref: str, body: Assign) -> Any:
    return await assign(tx, actor, ref, user=body.user, team=body.team, capacity=body.capacity, note=body.note)


async def _unassign(tx: Tx, actor: Actor, ref: str, body: Unassign) -> Any:
    return await unassign(tx, actor, ref, user=body.user, note=body.note)


async def _claim(tx: Tx, actor: Actor, ref: str, body: OnlyNote) -> Any:
    return await claim(tx, actor, ref, note=body.note)


async def _hand_over(tx: Tx, actor: Actor, ref: str, body: HandOver) -> Any:
    return await hand_over(tx, actor, ref, team=body.team, note=body.note)


async def _delegate(tx: Tx, actor: Actor, ref: str, body: Delegate) -> Any:
    return await delegate(tx, actor, ref, user=body.user, note=body.note, until=body.until)


async def _recall(tx: Tx, actor: Actor, ref: str, _body: Nothing) -> Any:
    return await recall(tx, actor, ref)


async def _acknowledge(tx: Tx, actor: Actor, ref: str, _body: Nothing) -> Any:
    return await acknowledge(tx, actor, ref)


async def _transition(tx: Tx, actor: Actor, ref: str, body: Transition) -> Any:
    return await transition(tx, actor, ref, body.status, note=body.note, fields=body.fields)


async def _resolve(tx: Tx, actor: Actor, ref: str, body: WithNote) -> Any:
    return await resolve(tx, actor, ref, body.note, fields=body.fields)


async def _close(tx: Tx, actor: Actor, ref: str, body: WithNote) -> Any:
    return await close(tx, actor, ref, body.note, fields=body.fields)


async def _reopen(tx: Tx, actor: Actor, ref: str, body: WithNote) -> Any:
    return await reopen(tx, actor, ref, body.note)


async def _delete(tx: Tx, actor: Actor, ref: str, _body: Nothing) -> Any:
    return await delete(tx, actor, ref)


async def _restore(tx: Tx, actor: Actor, ref: str, _body: Nothing) -> Any:
    return await restore(tx, actor, ref)


async def _merge(tx: Tx, actor: Actor, ref: str, body: Into) -> Any:
    return await merge(tx, actor, ref, body.into)


async def _update(tx: Tx, actor: Actor, ref: str, body: Fields) -> Any:
    given = {name: value for name in body.__struct_fields__ if (value := getattr(body, name)) is not UNSET}
    return await update(tx, actor, ref, Change(**given))


async def _tag(tx: Tx, actor: Actor, ref: str, body: Tags) -> Any:
    return await change_tags(tx, actor, ref, add=body.add, remove=body.remove)


async def _watch(tx: Tx, actor: Actor, ref: str, body: Watcher) -> Any:
    return await add_watcher(tx, actor, ref, user=body.user, team=body.team, email=body.email)


_UPDATE, _ASSIGN, _DELETE = (permissions.UPDATE,), (permissions.ASSIGN,), (permissions.DELETE,)
_DELEGATE = (permissions.DELEGATE, permissions.ASSIGN)
VERBS = (
    BulkVerb("assign", Assign, _assign, _ASSIGN),
    BulkVerb("unassign", Unassign, _unassign, _ASSIGN),
    BulkVerb("claim", OnlyNote, _claim, (*_UPDATE, *_ASSIGN)),
    BulkVerb("hand_over", HandOver, _hand_over, (*_UPDATE, *_ASSIGN)),
    BulkVerb("delegate", Delegate, _delegate, _DELEGATE),
    BulkVerb("recall", Nothing, _recall, _DELEGATE),
    BulkVerb("acknowledge", Nothing, _acknowledge, _UPDATE),
    BulkVerb("transition", Transition, _transition, _UPDATE),
    BulkVerb("resolve", WithNote, _resolve, _UPDATE),
    BulkVerb("close", WithNote, _close, _UPDATE),
    BulkVerb("reopen", WithNote, _reopen, _UPDATE),
    BulkVerb("update", Fields, _update, _UPDATE),
    BulkVerb("tag", Tags, _tag, _UPDATE),
    BulkVerb("watch", Watcher, _watch, _UPDATE, status=201),
    BulkVerb("merge", Into, _merge, _UPDATE),
    BulkVerb("delete", Nothing, _delete, _DELETE, status=204),
    BulkVerb("restore", Nothing, _restore, _DELETE),
)
"""Permission to see, and each verb's own rules, are checked for each incident as if it were alone."""
