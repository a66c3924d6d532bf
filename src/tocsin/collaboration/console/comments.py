"""The conversation: comments in the timeline, the composer, its preview, and what it sends (a text, files, or both)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import UUID

import msgspec
from markupsafe import Markup

from tocsin.access.permissions import COMMENTS_MANAGE
from tocsin.base.errors import TooLarge
from tocsin.base.settings import Settings
from tocsin.collaboration import rules, service
from tocsin.collaboration.model import Comment
from tocsin.incidents.console.acts import ONE, done
from tocsin.incidents.console.subject import IncidentPage
from tocsin.incidents.console.timeline import tell_story
from tocsin.web import forms, pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action
from tocsin.web.uploads import FilePart, read_form

MODULE = "collaboration"
MOST_FILES = 10
HIGHEST_LIMIT = 1_000_000_000
"""Bytes of a file that no tenant may allow to exceed; the tenant's own limit is known once the sender is."""
_HIDDEN = ("_csrf", "_back", "_form", "_once")


class CommentForm(msgspec.Struct, frozen=True, kw_only=True):
    """A comment in Markdown, files, or both; an internal one is for members only."""

    body: str = ""
    is_internal: bool = False


class PreviewForm(msgspec.Struct, frozen=True, kw_only=True):
    """What is written so far."""

    body: str = ""


class SentForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the composer sends, as multipart/form-data; several files may come."""

    file: bytes
    body: str = ""
    is_internal: bool = False


def settings_of(ctx: Ctx) -> Settings:
    """The server's settings."""
    settings: Settings = ctx.request.app.state.services.settings
    return settings


async def draw_timeline(ctx: Ctx, page: IncidentPage) -> str:
    """The timeline with the comments in it."""

    async def boxes(ids: list[UUID]) -> dict[UUID, Markup]:
        found = await service.find_comments(ctx.tx, ctx.actor, page.incident.id, ids)
        return {comment.id: _box(ctx, page, comment) for comment in found}

    return await tell_story(ctx, page, boxes)


def _box(ctx: Ctx, page: IncidentPage, comment: Comment) -> Markup:
    return pages.part(ctx, "collaboration/comment.html", "box", page, comment, rules.size_text)


async def draw_composer(ctx: Ctx, page: IncidentPage) -> str:
    """Where one writes: a public reply or an internal note."""
    return pages.text(ctx, "collaboration/composer.html", page=page, limit=service.BODY_LIMIT, most_files=MOST_FILES)


class _Letter:
    """A comment on its way in: nothing of its files is stored before its writer is known to be let in."""

    def __init__(self, ctx: Ctx, ref: str, stack: AsyncExitStack) -> None:
        self.ctx, self.ref, self.stack = ctx, ref, stack
        self.inbox: service.Inbox | None = None
        self.limit = 0

    async def take(self, part: FilePart) -> None:
        """Store a file; the empty part of a field in which none was chosen is passed over."""
        if not part.filename:
            return
        if self.inbox is None:
            await self._enter(part)
        assert self.inbox is not None
        chunks = self._within(part.chunks)
        await self.inbox.store(chunks, part.filename, part.declared_type, part.field)

    async def _enter(self, part: FilePart) -> None:
        self.ctx.form = forms.form_of(list(part.before.items()))
        settings = settings_of(self.ctx)
        async with self.ctx.transaction() as tx:
            await service.check_attaching(tx, self.ctx.actor, self.ref)
            self.limit = service.file_limit(settings, self.ctx.tenant)
        self.inbox = await self.stack.enter_async_context(service.receiving(settings, tx.tenant_id, tx.real_now))

    async def _within(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in chunks:
            size += len(chunk)
            if size > self.limit:
                raise TooLarge(f"The file is larger than {rules.size_text(self.limit)}.")
            yield chunk

    @property
    def uploads(self) -> list[service.Upload]:
        """The files that have come."""
        return self.inbox.uploads if self.inbox is not None else []


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
    async with AsyncExitStack() as stack:
        letter = _Letter(ctx, ref, stack)
        fields = await read_form(
            ctx.request,
            fields=(*_HIDDEN, "body", "is_internal"),
            files=("file",),
            file_limit=HIGHEST_LIMIT,
            receive=letter.take,
            max_files=MOST_FILES,
        )
        ctx.form = forms.form_of(list(fields.items()))
        sent = [[one.file.filename, one.file.sha256.hex()] for one in letter.uploads]

        async def call() -> Reply:
            return await _post(ctx, ref, forms.fill(ctx.form, CommentForm), letter.uploads)

        async with ctx.transaction():
            body = json.dumps([fields.get("body"), fields.get("is_internal"), sent]).encode()
            reply: Reply = await ctx.once(body, call)
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


ENDPOINTS = (send, preview)
