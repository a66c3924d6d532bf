"""`/checklists`, `/replies`, `/macros`, and their use on an incident: thin routes, each one verb."""

from __future__ import annotations

import msgspec

from tocsin.access import permissions
from tocsin.base.paging import ActiveQuery, Page, PageQuery
from tocsin.collaboration import service
from tocsin.collaboration.model import (
    BASE,
    AppliedChecklist,
    CannedReply,
    Checklist,
    ChecklistDraft,
    FilledReply,
    Macro,
    MacroDraft,
    ReplyDraft,
    Task,
)
from tocsin.incidents.api import name_operation
from tocsin.incidents.model import IncidentView
from tocsin.web.routes import Ctx, delete, get, post, put

MODULE = "collaboration"
ROOT = BASE.removesuffix("/incidents")
ONE = f"{BASE}/{{ref}}"
CHECKLISTS, REPLIES, MACROS = (f"{ROOT}/{name}" for name in ("checklists", "replies", "macros"))


class Apply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The checklist, by id or slug."""

    checklist: str


@get(CHECKLISTS, module=MODULE, permission=permissions.VIEW)
async def list_checklists(ctx: Ctx, query: ActiveQuery) -> Page[Checklist]:
    """The checklists, by name."""
    return await service.list_checklists(ctx.tx, ctx.actor, query)


@post(CHECKLISTS, module=MODULE, permission=permissions.SETTINGS_MANAGE, status=201)
async def add_checklist(ctx: Ctx, data: ChecklistDraft) -> Checklist:
    """Add a checklist for a category, a priority, both, or to be applied by hand."""
    made = await service.add_checklist(ctx.tx, ctx.actor, data)
    ctx.created(f"{CHECKLISTS}/{made.id}")
    return made


@get(f"{CHECKLISTS}/{{checklist}}", module=MODULE, permission=permissions.VIEW)
async def get_checklist(ctx: Ctx, checklist: str) -> Checklist:
    """One checklist."""
    return await service.get_checklist(ctx.tx, ctx.actor, checklist)


@put(f"{CHECKLISTS}/{{checklist}}", module=MODULE, permission=permissions.SETTINGS_MANAGE)
async def change_checklist(ctx: Ctx, checklist: str, data: ChecklistDraft) -> Checklist:
    """Change the given fields of a checklist."""
    return await service.change_checklist(ctx.tx, ctx.actor, checklist, data)


@delete(f"{CHECKLISTS}/{{checklist}}", module=MODULE, permission=permissions.SETTINGS_MANAGE)
async def remove_checklist(ctx: Ctx, checklist: str) -> None:
    """Delete a checklist; one that incidents have is taken out of use instead."""
    await service.remove_checklist(ctx.tx, ctx.actor, checklist)


@get(f"{ONE}/checklists", module=MODULE, permission=permissions.VIEW)
async def list_applied(ctx: Ctx, ref: str, query: PageQuery) -> Page[AppliedChecklist]:
    """The checklists it has had, in the order they came."""
    return await service.applied_checklists(ctx.tx, ctx.actor, ref, limit=query.limit, cursor=query.cursor)


@post(f"{ONE}/checklists", module=MODULE, permission=permissions.TASKS_MANAGE)
async def apply_checklist(ctx: Ctx, ref: str, data: Apply) -> Page[Task]:
    """Add a checklist's tasks to it; those tasks."""
    return await service.apply_checklist(ctx.tx, ctx.actor, ref, data.checklist)


@get(REPLIES, module=MODULE, permission=permissions.VIEW)
async def list_replies(ctx: Ctx, query: ActiveQuery) -> Page[CannedReply]:
    """The replies kept ready, by name."""
    return await service.list_replies(ctx.tx, ctx.actor, query)


@post(REPLIES, module=MODULE, permission=permissions.MACROS_MANAGE, status=201)
async def add_reply(ctx: Ctx, data: ReplyDraft) -> CannedReply:
    """Keep a reply ready; its variables are filled in when it is used."""
    made = await service.add_reply(ctx.tx, ctx.actor, data)
    ctx.created(f"{REPLIES}/{made.id}")
    return made


@get(f"{REPLIES}/{{reply}}", module=MODULE, permission=permissions.VIEW)
async def get_reply(ctx: Ctx, reply: str) -> CannedReply:
    """One reply."""
    return await service.get_reply(ctx.tx, ctx.actor, reply)


@put(f"{REPLIES}/{{reply}}", module=MODULE, permission=permissions.MACROS_MANAGE)
async def change_reply(ctx: Ctx, reply: str, data: ReplyDraft) -> CannedReply:
    """Change the given fields of a reply."""
    return await service.change_reply(ctx.tx, ctx.actor, reply, data)


@delete(f"{REPLIES}/{{reply}}", module=MODULE, permission=permissions.MACROS_MANAGE)
async def remove_reply(ctx: Ctx, reply: str) -> None:
    """Delete a reply."""
    await service.remove_reply(ctx.tx, ctx.actor, reply)


@get(f"{ONE}/replies/{{reply}}", module=MODULE, permission=permissions.COMMENTS_MANAGE)
async def fill_reply(ctx: Ctx, ref: str, reply: str) -> FilledReply:
    """A reply as it reads for this incident."""
    return await service.fill_reply(ctx.tx, ctx.actor, ref, reply)


@get(MACROS, module=MODULE, permission=permissions.VIEW)
async def list_macros(ctx: Ctx, query: ActiveQuery) -> Page[Macro]:
    """The macros, by name."""
    return await service.list_macros(ctx.tx, ctx.actor, query)


@post(MACROS, module=MODULE, permission=permissions.MACROS_MANAGE, status=201)
async def add_macro(ctx: Ctx, data: MacroDraft) -> Macro:
    """Add a macro: several verbs under one name."""
    made = await service.add_macro(ctx.tx, ctx.actor, data)
    ctx.created(f"{MACROS}/{made.id}")
    return made


@get(f"{MACROS}/{{macro}}", module=MODULE, permission=permissions.VIEW)
async def get_macro(ctx: Ctx, macro: str) -> Macro:
    """One macro."""
    return await service.get_macro(ctx.tx, ctx.actor, macro)


@put(f"{MACROS}/{{macro}}", module=MODULE, permission=permissions.MACROS_MANAGE)
async def change_macro(ctx: Ctx, macro: str, data: MacroDraft) -> Macro:
    """Change the given fields of a macro."""
    return await service.change_macro(ctx.tx, ctx.actor, macro, data)


@delete(f"{MACROS}/{{macro}}", module=MODULE, permission=permissions.MACROS_MANAGE)
async def remove_macro(ctx: Ctx, macro: str) -> None:
    """Delete a macro."""
    await service.remove_macro(ctx.tx, ctx.actor, macro)


@post(f"{ONE}/macros/{{macro}}", module=MODULE, permission=permissions.VIEW)
async def run_macro(ctx: Ctx, ref: str, macro: str) -> IncidentView:
    """Run a macro on it, all of it or nothing; each step asks for its verb's permission."""
    found = await service.run_macro(ctx.tx, ctx.actor, ref, macro)
    name_operation(ctx)
    return found


ENDPOINTS = (
    *(list_checklists, add_checklist, get_checklist, change_checklist, remove_checklist, list_applied, apply_checklist),
    *(list_replies, add_reply, get_reply, change_reply, remove_reply, fill_reply),
    *(list_macros, add_macro, get_macro, change_macro, remove_macro, run_macro),
)
