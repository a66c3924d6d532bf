"""Tasks as a checklist: added, ticked, changed, put in order by dragging, by buttons or by keys."""

from __future__ import annotations

from typing import Literal

import msgspec

from tocsin.access.permissions import TASKS_MANAGE
from tocsin.base.ids import parse_id
from tocsin.base.paging import MAX_LIMIT, ActiveQuery
from tocsin.collaboration import service
from tocsin.collaboration.model import TaskChange
from tocsin.collaboration.rules import TaskStatus
from tocsin.incidents.console import moments
from tocsin.incidents.console.acts import ONE, done
from tocsin.incidents.console.subject import IncidentPage, choices
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action

MODULE = "collaboration"
TASK = f"{ONE}/tasks/{{task_id}}"
SHOWN = 200
"""Tasks on the page at once: more than a checklist can be read with."""
OWN = 50
"""One's own tasks above one's work."""


class AddForm(msgspec.Struct, frozen=True, kw_only=True):
    """A new task."""

    title: str = ""


class TickForm(msgspec.Struct, frozen=True, kw_only=True):
    """Done, or open again."""

    status: Literal["open", "done"]


class TaskForm(msgspec.Struct, frozen=True, kw_only=True):
    """The whole task: what is empty is cleared."""

    title: str = ""
    description: str | None = None
    assigned_to: str | None = None
    due_at: str | None = None
    depends_on: list[str] = []
    status: TaskStatus | None = None


class MoveForm(msgspec.Struct, frozen=True, kw_only=True):
    """One place up or down."""

    way: Literal["up", "down"]


class OrderForm(msgspec.Struct, frozen=True, kw_only=True):
    """All tasks, in the order they shall stand."""

    tasks: list[str]


async def draw_tasks(ctx: Ctx, page: IncidentPage) -> str:
    """The checklist; nothing where there are no tasks and none can be added."""
    found = await service.list_tasks(ctx.tx, ctx.actor, page.incident.id, limit=SHOWN, cursor=None)
    may = ctx.actor.can(TASKS_MANAGE) and not page.printed
    may_add = may and not page.incident.status.is_terminal
    if not found.items and not may_add:
        return ""
    ready = []
    if may_add:
        lists = await service.list_checklists(ctx.tx, ctx.actor, ActiveQuery(active=True, limit=MAX_LIMIT))
        had = await service.applied_checklists(ctx.tx, ctx.actor, page.incident.id, limit=MAX_LIMIT, cursor=None)
        known = {one.checklist.id for one in had.items}
        ready = [one for one in lists.items if one.id not in known]
    counted = [task for task in found.items if task.status != "cancelled"]
    finished = sum(task.status == "done" for task in counted)
    return pages.text(
        ctx,
        "collaboration/tasks.html",
        page=page,
        tasks=found.items,
        finished=finished,
        counted=len(counted),
        may=may,
        may_add=may_add,
        checklists=ready,
        more=found.next_cursor is not None,
    )


async def draw_dialog(ctx: Ctx, page: IncidentPage) -> str:
    """The form of one task, where the address asks for it."""
    task_id = parse_id(page.do.removeprefix("task-")) if page.do.startswith("task-") else None
    if task_id is None:
        return ""
    task = await service.get_task(ctx.tx, ctx.actor, page.incident.id, task_id)
    due = moments.to_field(ctx, task.due_at)
    choice = await choices(ctx, page)
    found = await service.list_tasks(ctx.tx, ctx.actor, page.incident.id, limit=SHOWN, cursor=None)
    others = [one for one in found.items if one.id != task.id and task.id not in one.depends_on]
    return pages.text(ctx, "collaboration/task.html", page=page, task=task, due=due, choice=choice, others=others)


async def draw_own(ctx: Ctx, _subject: object) -> str:
    """One's own tasks above one's work; nothing where there is none."""
    found = await service.own_tasks(ctx.tx, ctx.actor, limit=OWN, cursor=None)
    if not found.items:
        return ""
    may, more = ctx.actor.can(TASKS_MANAGE), found.next_cursor is not None
    return pages.text(ctx, "collaboration/own_tasks.html", rows=found.items, has_more=more, may=may)


@action(f"{ONE}/tasks", module=MODULE, permission=TASKS_MANAGE)
async def add(ctx: Ctx, ref: str, data: AddForm) -> Reply:
    """Add a task."""
    _ = pages.speech(ctx).gettext
    task = await service.add_task(ctx.tx, ctx.actor, ref, TaskChange(title=data.title))
    return done(ctx, ref, _("Added: %(title)s", title=task.title))


@action(f"{ONE}/tasks/reorder", module=MODULE, permission=TASKS_MANAGE)
async def reorder(ctx: Ctx, ref: str, data: OrderForm) -> Reply:
    """Put all tasks in an order."""
    await service.reorder_tasks(ctx.tx, ctx.actor, ref, data.tasks)
    return pages.back(ctx, f"/incidents/{ref}")


@action(TASK, module=MODULE, permission=TASKS_MANAGE)
async def change(ctx: Ctx, ref: str, task_id: str, data: TaskForm) -> Reply:
    """Rename a task, give it to somebody, say how it stands and when it is due."""
    _ = pages.speech(ctx).gettext
    wanted = TaskChange(
        title=data.title,
        description=data.description,
        assigned_to=data.assigned_to,
        due_at=moments.from_field(ctx, data.due_at, "due_at"),
        depends_on=data.depends_on,
        status=data.status or msgspec.UNSET,
    )
    task = await service.change_task(ctx.tx, ctx.actor, ref, task_id, wanted)
    return done(ctx, ref, _("Saved: %(title)s", title=task.title))


@action(f"{TASK}/tick", module=MODULE, permission=TASKS_MANAGE)
async def tick(ctx: Ctx, ref: str, task_id: str, data: TickForm) -> Reply:
    """Tick a task, or open it again."""
    _ = pages.speech(ctx).gettext
    task = await service.change_task(ctx.tx, ctx.actor, ref, task_id, TaskChange(status=data.status))
    other = "open" if data.status == "done" else "done"
    said = (
        _("Done: %(title)s", title=task.title)
        if data.status == "done"
        else _("Open again: %(title)s", title=task.title)
    )
    return done(ctx, ref, said, Undo(f"/incidents/{ref}/tasks/{task.id}/tick", {"status": other}))


@action(f"{TASK}/move", module=MODULE, permission=TASKS_MANAGE)
async def move(ctx: Ctx, ref: str, task_id: str, data: MoveForm) -> Reply:
    """Put a task one place up or down."""
    await service.move_task(ctx.tx, ctx.actor, ref, task_id, up=data.way == "up")
    return pages.back(ctx, f"/incidents/{ref}")


@action(f"{TASK}/delete", module=MODULE, permission=TASKS_MANAGE)
async def remove(ctx: Ctx, ref: str, task_id: str, data: NoFields) -> Reply:
    """Take a task away."""
    _ = pages.speech(ctx).gettext
    await service.delete_task(ctx.tx, ctx.actor, ref, task_id)
    return done(ctx, ref, _("The task is removed"))


ENDPOINTS = (add, reorder, change, tick, move, remove)
