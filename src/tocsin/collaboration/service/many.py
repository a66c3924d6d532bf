"""Commenting on many incidents at once, and running a macro on them, each as if it were alone."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.manifest import BulkVerb
from tocsin.collaboration.service import shelf
from tocsin.collaboration.service.comments import add_comment
from tocsin.collaboration.service.macros import MACROS, run_macro
from tocsin.db.tx import Tx


class ManyComments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Markdown, for members or for everybody."""

    body: str
    is_internal: bool = False


class ManyMacros(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A macro by id or slug."""

    macro: str


async def _comment(tx: Tx, actor: Actor, ref: str, body: ManyComments) -> Any:
    return await add_comment(tx, actor, ref, body.body, is_internal=body.is_internal)


async def _run(tx: Tx, actor: Actor, ref: str, body: ManyMacros) -> Any:
    macro = await shelf.choose(tx, MACROS, body.macro, "macro")
    return await run_macro(tx, actor, ref, macro["id"])


async def _name(tx: Tx, _actor: Actor, body: ManyMacros) -> str:
    name: str = (await shelf.choose(tx, MACROS, body.macro, "macro"))["name"]
    return name


VERBS = (
    BulkVerb("comment", ManyComments, _comment, (permissions.COMMENTS_MANAGE,), status=201),
    BulkVerb(
        "macro", ManyMacros, _run, (permissions.UPDATE, permissions.ASSIGN, permissions.COMMENTS_MANAGE), shown=_name
    ),
)
