"""The conversation: comments in the timeline, the composer, its preview, and what it sends (a text, files, or both)."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from uuid import UUID

import msgspec
from markupsafe import Markup

from tocsin.access.permissions import COMMENTS_MANAGE
from tocsin.base.errors import Invalid
from tocsin.base.ids import parse_id
from tocsin.base.paging import MAX_LIMIT
from tocsin.collaboration import rules, service
from tocsin.collaboration.console.receiving import MOST, Parcel, settings_of
from tocsin.collaboration.model import Comment
from tocsin.db.tx import Tx
from tocsin.incidents.console.acts import ONE, done
from tocsin.incidents.console.subject import IncidentPage
from tocsin.incidents.console.timeline import tell_story
from tocsin.web import forms, pages
from tocsin.web.forms import NoFields
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action

MODULE = "collaboration"


class CommentForm(msgspec.Struct, frozen=True, kw_only=True):
    """A comment in Markdown, files, or both; an internal one is for members only."""

    body: str = ""
    is_internal: bool = False


class PreviewForm(msgspec.Struct, frozen=True, kw_only=True):
    """What is written so far."""

    body: str = ""


class RewriteForm(msgspec.Struct, frozen=True, kw_only=True):
    """What a comment shall say instead."""

    body: str = ""


class SentForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the composer sends, as multipart/form-data; several files may come."""

    file: bytes
    body: str = ""
    is_internal: bool = False


async def draw_timeline(ctx: Ctx, page: IncidentPage) -> str:
    """The timeline with the comments in it."""

    async def boxes(ids: list[UUID]) -> dict[UUID, Markup]:
        found = await service.find_comments(ctx.tx, ctx.actor, page.incident.id, ids)
        return {comment.id: _box(ctx, page, comment) for comment in found}

    return await tell_story(ctx, page, boxes)


def _box(ctx: Ctx, page: IncidentPage, comment: Comment) -> Markup:
    may = () if page.printed else (_may_edit(ctx, comment), service.may_delete_comment(ctx.actor, comment))
    return pages.part(ctx, "collaboration/comment.html", "box", page, comment, rules.size_text, may)


async def draw_dialog(ctx: Ctx, page: IncidentPage) -> str:
    """The form that rewrites a comment, or what it said before, where the address asks for it."""
    wanted, _, ref = page.do.partition("-")
    comment_id = parse_id(ref)
    if comment_id is None or wanted not in ("comment", "history"):
        return ""
    comment = await service.get_comment(ctx.tx, ctx.actor, page.incident.id, comment_id)
    if wanted == "comment":
        if not _may_edit(ctx, comment):
            return ""
        return pages.text(ctx, "collaboration/comment_edit.html", page=page, comment=comment, limit=service.BODY_LIMIT)
    versions = await service.comment_history(
        ctx.tx, ctx.actor, page.incident.id, comment_id, limit=MAX_LIMIT, cursor=None
    )
    return pages.text(ctx, "collaboration/comment_history.html", page=page, comment=comment, versions=versions.items)


def _may_edit(ctx: Ctx, comment: Comment) -> bool:
    return service.may_edit_comment(ctx.actor, comment, ctx.tx.now, ctx.tenant.settings.comment_edit_minutes)


async def draw_composer(ctx: Ctx, page: IncidentPage) -> str:
    """Where one writes: a public reply or an internal note. What was merged goes on elsewhere."""
    if page.view.merged_into is not None:
        return ""
    return pages.text(ctx, "collaboration/composer.html", page=page, limit=service.BODY_LIMIT, most_files=MOST)


@action(
    f"{ONE}/comments",
    module=MODULE,
    permission=COMMENTS_MANAGE,
    reads_stream=True,
    own_transactions=True,
    form=SentForm,
)
async def send(ctx: Ctx, ref: str) -> Reply:
    """Reply in public or note for the team, with files."""

    async def check(tx: Tx) -> None:
        await service.check_attaching(tx, ctx.actor, ref)

    async with AsyncExitStack() as stack:
        parcel = Parcel(ctx, stack, check)
        fields = await parcel.read(("body", "is_internal"))

        async def call() -> Reply:
            if parcel.flaws:
                raise Invalid(parcel.flaws)
            return await _post(ctx, ref, forms.fill(ctx.form, CommentForm), parcel.uploads)

        sent = [fields, [[one.file.filename, one.file.sha256.hex()] for one in parcel.uploads]]
        async with ctx.transaction():
            # Sent twice, this is the finished answer of the first time.
            reply: Reply = await ctx.once(json.dumps(sent).encode(), call)
            return reply


async def _post(ctx: Ctx, ref: str, given: CommentForm, uploads: list[service.Upload]) -> Reply:
    _ = pages.speech(ctx).gettext
    comment = None
    if given.body.strip() or not uploads:
        comment = await service.add_comment(ctx.tx, ctx.actor, ref, given.body, is_internal=given.is_internal)
    for upload in uploads:
        await service.attach(
            ctx.tx,
            ctx.actor,
            ref,
            upload,
            is_internal=given.is_internal,
            comment=comment.id if comment is not None else None,
        )
    if comment is None:
        return done(ctx, ref, _("The files are attached"))
    return done(ctx, ref, _("The note is added") if given.is_internal else _("The reply is sent"))


@action(f"{ONE}/preview", module=MODULE, permission=COMMENTS_MANAGE)
async def preview(ctx: Ctx, ref: str, data: PreviewForm) -> Reply:
    """What is written so far, as it will look."""
    html = await service.preview(ctx.tx, ctx.actor, ref, data.body)
    return pages.render(ctx, "collaboration/preview.html", html=html)


@action(f"{ONE}/comments/{{comment_id}}", module=MODULE, permission=COMMENTS_MANAGE)
async def rewrite(ctx: Ctx, ref: str, comment_id: str, data: RewriteForm) -> Reply:
    """Rewrite one's own comment."""
    _ = pages.speech(ctx).gettext
    await service.edit_comment(ctx.tx, ctx.actor, ref, comment_id, data.body)
    return done(ctx, ref, _("Saved"))


@action(f"{ONE}/comments/{{comment_id}}/delete", module=MODULE, permission=COMMENTS_MANAGE)
async def remove(ctx: Ctx, ref: str, comment_id: str, data: NoFields) -> Reply:
    """Take away what a comment says, for good."""
    _ = pages.speech(ctx).gettext
    await service.delete_comment(ctx.tx, ctx.actor, ref, comment_id, settings_of(ctx))
    return done(ctx, ref, _("The comment is deleted"))


ENDPOINTS = (send, preview, rewrite, remove)
