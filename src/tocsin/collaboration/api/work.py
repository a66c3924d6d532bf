"""`/incidents/{ref}/tasks`, `/comments`, `/attachments` and `/progress`: thin routes, each one verb."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar.response import Stream
from msgspec import Meta

from tocsin.access import permissions
from tocsin.base.errors import NotFound
from tocsin.base.paging import Page, PageQuery
from tocsin.base.settings import Settings
from tocsin.collaboration import rules, service
from tocsin.collaboration.model import (
    BASE,
    LINKS,
    Attachment,
    Comment,
    CommentVersion,
    DownloadLink,
    OwnTask,
    Progress,
    StoredFile,
    Task,
    TaskChange,
)
from tocsin.tenancy import service as tenancy
from tocsin.web.peer import server_address
from tocsin.web.routes import Ctx, delete, get, post, put
from tocsin.web.unit import Services
from tocsin.web.uploads import flag, read_form

MODULE = "collaboration"
ONE = f"{BASE}/{{ref}}"
Percent = Annotated[int, Meta(ge=0, le=100)]
Mentions = Annotated[list[Annotated[str, Meta(max_length=320)]], Meta(max_length=50)]
_SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"


class NewTask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new task. `assigned_to` is an id, an e-mail or `me`; without a sort order it comes last.

    `depends_on` names tasks of the same incident that must be done or cancelled before this one begins.
    """

    title: str
    description: str | None = None
    assigned_to: str | None = None
    status: rules.TaskStatus = "open"
    due_at: datetime | None = None
    sort_order: int | None = None
    depends_on: Annotated[list[str], Meta(max_length=50)] = []


class TaskOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All tasks of the incident, in the order they shall stand."""

    tasks: list[str]


class NewComment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A comment in Markdown, of 1 to 50,000 characters; an internal one is for members only.

    `@name` in the body mentions a member, as does an id or e-mail in `mentions`: they are told, and watch the incident.
    """

    body: str
    is_internal: bool = False
    mentions: Mentions = []


class EditedComment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the comment shall say instead, and whom it mentions beside those in its text."""

    body: str
    mentions: Mentions = []


class NewProgress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far the work is, in per cent, and when the next word comes."""

    percent: Percent
    summary: str
    next_update_due_at: datetime | None = None
    is_internal: bool = True


class NewAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file, and the comment it belongs to if any; an internal one is for members only."""

    file: bytes
    is_internal: bool = False
    comment_id: UUID | None = None


def _settings(ctx: Ctx) -> Settings:
    settings: Settings = ctx.request.app.state.services.settings
    return settings


# --------------------------------------------------------------------------------------------------------------- tasks


@get(f"{ONE}/tasks", module=MODULE, permission=permissions.VIEW)
async def list_tasks(ctx: Ctx, ref: str, query: PageQuery) -> Page[Task]:
    """Its tasks, in their order."""
    return await service.list_tasks(ctx.tx, ctx.actor, ref, limit=query.limit, cursor=query.cursor)


@post(f"{ONE}/tasks", module=MODULE, permission=permissions.TASKS_MANAGE, status=201)
async def add_task(ctx: Ctx, ref: str, data: NewTask) -> Task:
    """Add a task."""
    given: dict[str, Any] = msgspec.structs.asdict(data)
    if data.sort_order is None:
        given.pop("sort_order")
    task = await service.add_task(ctx.tx, ctx.actor, ref, TaskChange(**given))
    ctx.created(f"{BASE}/{ref}/tasks/{task.id}")
    return task


@get(f"{ONE}/tasks/{{task_id}}", module=MODULE, permission=permissions.VIEW)
async def get_task(ctx: Ctx, ref: str, task_id: str) -> Task:
    """One task."""
    return await service.get_task(ctx.tx, ctx.actor, ref, task_id)


@put(f"{ONE}/tasks/{{task_id}}", module=MODULE, permission=permissions.TASKS_MANAGE)
async def change_task(ctx: Ctx, ref: str, task_id: str, data: TaskChange) -> Task:
    """Change the given fields of a task; `done` completes it."""
    return await service.change_task(ctx.tx, ctx.actor, ref, task_id, data)


@delete(f"{ONE}/tasks/{{task_id}}", module=MODULE, permission=permissions.TASKS_MANAGE)
async def delete_task(ctx: Ctx, ref: str, task_id: str) -> None:
    """Take a task away."""
    await service.delete_task(ctx.tx, ctx.actor, ref, task_id)


@post(f"{ONE}/tasks/reorder", module=MODULE, permission=permissions.TASKS_MANAGE)
async def reorder_tasks(ctx: Ctx, ref: str, data: TaskOrder) -> Page[Task]:
    """Put all its tasks in an order."""
    return await service.reorder_tasks(ctx.tx, ctx.actor, ref, data.tasks)


@get(f"{BASE.removesuffix('/incidents')}/tasks", module=MODULE, permission=permissions.VIEW)
async def list_own_tasks(ctx: Ctx, query: PageQuery) -> Page[OwnTask]:
    """Your own unfinished tasks of all incidents, the first due first."""
    return await service.own_tasks(ctx.tx, ctx.actor, limit=query.limit, cursor=query.cursor)


# ------------------------------------------------------------------------------------------------------------ comments


@get(f"{ONE}/comments", module=MODULE, permission=permissions.MEMBER)
async def list_comments(ctx: Ctx, ref: str, query: service.ListQuery) -> Page[Comment]:
    """Its comments, the oldest first unless asked otherwise."""
    return await service.list_comments(ctx.tx, ctx.actor, ref, query)


@post(f"{ONE}/comments", module=MODULE, permission=permissions.COMMENTS_MANAGE, status=201)
async def add_comment(ctx: Ctx, ref: str, data: NewComment) -> Comment:
    """Comment on it, in public or for members only."""
    comment = await service.add_comment(
        ctx.tx, ctx.actor, ref, data.body, is_internal=data.is_internal, mentioning=data.mentions
    )
    ctx.created(f"{BASE}/{ref}/comments/{comment.id}")
    return comment


@get(f"{ONE}/comments/{{comment_id}}", module=MODULE, permission=permissions.MEMBER)
async def get_comment(ctx: Ctx, ref: str, comment_id: str) -> Comment:
    """One comment."""
    return await service.get_comment(ctx.tx, ctx.actor, ref, comment_id)


@put(f"{ONE}/comments/{{comment_id}}", module=MODULE, permission=permissions.COMMENTS_MANAGE)
async def edit_comment(ctx: Ctx, ref: str, comment_id: str, data: EditedComment) -> Comment:
    """Rewrite one's own comment, within the tenant's window."""
    return await service.edit_comment(ctx.tx, ctx.actor, ref, comment_id, data.body, mentioning=data.mentions)


@delete(f"{ONE}/comments/{{comment_id}}", module=MODULE, permission=permissions.COMMENTS_MANAGE)
async def delete_comment(ctx: Ctx, ref: str, comment_id: str) -> None:
    """Take away what a comment says; that it was there stays."""
    await service.delete_comment(ctx.tx, ctx.actor, ref, comment_id, _settings(ctx))


@get(f"{ONE}/comments/{{comment_id}}/history", module=MODULE, permission=permissions.VIEW)
async def get_comment_history(ctx: Ctx, ref: str, comment_id: str, query: PageQuery) -> Page[CommentVersion]:
    """What a comment said before, the oldest first."""
    return await service.comment_history(ctx.tx, ctx.actor, ref, comment_id, limit=query.limit, cursor=query.cursor)


# --------------------------------------------------------------------------------------------------------- attachments


@get(f"{ONE}/attachments", module=MODULE, permission=permissions.MEMBER)
async def list_attachments(ctx: Ctx, ref: str, query: service.ListQuery) -> Page[Attachment]:
    """Its files, the oldest first unless asked otherwise."""
    return await service.list_attachments(ctx.tx, ctx.actor, ref, query)


@post(
    f"{ONE}/attachments",
    module=MODULE,
    permission=permissions.COMMENTS_MANAGE,
    status=201,
    reads_stream=True,
    own_transactions=True,
    form=NewAttachment,
)
async def add_attachment(ctx: Ctx, ref: str) -> Attachment:
    """Attach a file to it, or to one of its comments."""
    settings = _settings(ctx)
    async with ctx.transaction() as tx:
        await service.check_attaching(tx, ctx.actor, ref)
        limit, accepted = service.file_limit(settings, ctx.tenant), ctx.tenant.settings.attachment_types
    async with service.receiving(settings, tx.tenant_id, tx.now, accepted) as inbox:
        fields = await read_form(
            ctx.request, fields=("is_internal", "comment_id"), files=("file",), file_limit=limit, receive=inbox.take
        )
        upload = service.only(inbox)
        is_internal, comment = flag(fields, "is_internal", default=False), fields.get("comment_id", "").strip() or None

        async def call() -> Attachment:
            shown = await service.attach(ctx.tx, ctx.actor, ref, upload, is_internal=is_internal, comment=comment)
            ctx.created(f"{BASE}/{ref}/attachments/{shown.id}")
            return shown

        sent = [upload.file.filename, upload.file.sha256.hex(), is_internal, comment]
        async with ctx.transaction():
            # Under an Idempotency-Key this is the finished answer of the first request.
            answer: Attachment = await ctx.once(json.dumps(sent).encode(), call)
            return answer


@get(f"{ONE}/attachments/{{attachment_id}}", module=MODULE, permission=permissions.MEMBER)
async def get_attachment(ctx: Ctx, ref: str, attachment_id: str) -> Attachment:
    """What is known of one file."""
    return await service.get_attachment(ctx.tx, ctx.actor, ref, attachment_id)


@get(
    f"{ONE}/attachments/{{attachment_id}}/content",
    module=MODULE,
    permission=permissions.MEMBER,
    own_transactions=True,
    produces="application/octet-stream",
)
async def get_attachment_content(ctx: Ctx, ref: str, attachment_id: str) -> Stream:
    """The file itself, as a download."""
    async with ctx.transaction() as tx:
        file = await service.find_file(tx, ctx.actor, ref, attachment_id)
    return await _download(_settings(ctx), file)


async def _download(settings: Settings, file: StoredFile) -> Stream:
    """A file that browsers save, and never show or run."""
    headers = {
        "Content-Disposition": rules.content_disposition(file.filename),
        "Content-Length": str(file.size_bytes),
        "Content-Security-Policy": _SANDBOX,
        "X-Content-Type-Options": "nosniff",
    }
    return Stream(await service.open_file(settings, file), headers=headers, media_type=file.mime_type)


@get(
    f"{ONE}/attachments/{{attachment_id}}/thumbnail",
    module=MODULE,
    permission=permissions.MEMBER,
    own_transactions=True,
    produces="image/webp",
)
async def get_attachment_thumbnail(ctx: Ctx, ref: str, attachment_id: str) -> Stream:
    """A picture made small (WebP, written anew by the server); 404 for files that have none."""
    async with ctx.transaction() as tx:
        file = await service.find_thumbnail(tx, ctx.actor, ref, attachment_id)
    headers = {
        "Cache-Control": "private, max-age=86400, immutable",
        "Content-Security-Policy": _SANDBOX,
        "X-Content-Type-Options": "nosniff",
    }
    return Stream(await service.open_file(_settings(ctx), file), headers=headers, media_type=file.mime_type)


class NewLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how long a link holds: an ISO 8601 duration of at most a day."""

    valid_for: str = "PT15M"


@post(f"{ONE}/attachments/{{attachment_id}}/link", module=MODULE, permission=permissions.MEMBER)
async def link_to_attachment(ctx: Ctx, ref: str, attachment_id: str, data: NewLink) -> DownloadLink:
    """Make a link by which anybody may download a public file for a while, without logging in."""
    address = f"{server_address(ctx.request, _settings(ctx).public_url)}{LINKS}/"
    return await service.link_to(ctx.tx, ctx.actor, ref, attachment_id, data.valid_for, address)


@get(f"{LINKS}/{{token}}", module=MODULE, access="open", produces="application/octet-stream")
async def follow_link(ctx: Ctx, token: str) -> Stream:
    """The file of a download link, without a login. Wrong, expired and withdrawn links cannot be told apart: 404."""
    services: Services = ctx.request.app.state.services
    link = rules.read_link(token)
    if link is None:
        raise NotFound
    async with services.database.tenant(link.tenant_id) as tx:
        tenant = await tenancy.current(tx)
        if tenant.state != "active" or {MODULE, "incidents"} & set(tenant.disabled_modules):
            raise NotFound
        file = await service.follow_link(tx, token, link)
    return await _download(services.settings, file)


@delete(f"{ONE}/attachments/{{attachment_id}}", module=MODULE, permission=permissions.COMMENTS_MANAGE)
async def delete_attachment(ctx: Ctx, ref: str, attachment_id: str) -> None:
    """Take a file away."""
    await service.delete_attachment(ctx.tx, ctx.actor, ref, attachment_id, _settings(ctx))


# ------------------------------------------------------------------------------------------------------------ progress


class ProgressQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`order`: by creation, newest first (`-created_at`) or oldest first (`created_at`)."""

    order: Literal["created_at", "-created_at"] = "-created_at"
    limit: int = 50
    cursor: str | None = None


@get(f"{ONE}/progress", module=MODULE, permission=permissions.MEMBER)
async def list_progress(ctx: Ctx, ref: str, query: ProgressQuery) -> Page[Progress]:
    """Its progress reports, the newest first unless asked otherwise."""
    asked = service.ListQuery(**msgspec.structs.asdict(query))
    return await service.list_progress(ctx.tx, ctx.actor, ref, asked)


@post(f"{ONE}/progress", module=MODULE, permission=permissions.UPDATE, status=201)
async def report_progress(ctx: Ctx, ref: str, data: NewProgress) -> Progress:
    """Report how far the work is."""
    given = msgspec.structs.asdict(data)
    report = await service.report_progress(ctx.tx, ctx.actor, ref, **given)
    ctx.created(f"{BASE}/{ref}/progress/{report.id}")
    return report


@get(f"{ONE}/progress/{{progress_id}}", module=MODULE, permission=permissions.MEMBER)
async def get_progress(ctx: Ctx, ref: str, progress_id: str) -> Progress:
    """One progress report."""
    return await service.get_progress(ctx.tx, ctx.actor, ref, progress_id)


ENDPOINTS = (
    *(list_tasks, add_task, get_task, change_task, delete_task, reorder_tasks, list_own_tasks),
    *(list_comments, add_comment, get_comment, edit_comment, delete_comment, get_comment_history),
    *(list_attachments, add_attachment, get_attachment, get_attachment_content, delete_attachment),
    *(get_attachment_thumbnail, link_to_attachment, follow_link),
    *(list_progress, report_progress, get_progress),
)
