"""Recording an incident with its files, all or nothing; and its description as it will look."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import Any

from tocsin.access import permissions
from tocsin.collaboration import service
from tocsin.collaboration.console.comments import PreviewForm
from tocsin.collaboration.console.receiving import MOST, Parcel, settings_of
from tocsin.collaboration.rules import size_text
from tocsin.db.tx import Tx
from tocsin.incidents.console.new import PREVIEW, WITH_FILES, NewForm, landing, record
from tocsin.web import forms, pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action

MODULE = "collaboration"


class NewWithFiles(NewForm, frozen=True, kw_only=True):
    """The fields of a new incident and its files, as multipart/form-data; several may come."""

    file: bytes = b""


@action(
    WITH_FILES,
    module=MODULE,
    permission=permissions.CREATE,
    reads_stream=True,
    own_transactions=True,
    form=NewWithFiles,
)
async def create(ctx: Ctx) -> Reply:
    """Record an incident with its files."""

    async def check(_tx: Tx) -> None:
        ctx.actor.must(permissions.COMMENTS_MANAGE)

    async with AsyncExitStack() as stack:
        parcel = Parcel(ctx, stack, check)
        fields = await parcel.read(forms.names_of(NewForm))

        async def call() -> Reply:
            made = await record(ctx, forms.fill(ctx.form, NewForm), parcel.flaws)
            for upload in parcel.uploads:
                await service.attach(ctx.tx, ctx.actor, made.id, upload)
            return landing(ctx, made)

        sent = [fields, [[one.file.filename, one.file.sha256.hex()] for one in parcel.uploads]]
        async with ctx.transaction():
            # Sent twice, this is the finished answer of the first time.
            reply: Reply = await ctx.once(json.dumps(sent).encode(), call)
            return reply


@action(PREVIEW, module=MODULE, permission=permissions.CREATE)
async def preview(ctx: Ctx, data: PreviewForm) -> Reply:
    """A description as it will look."""
    html = await service.as_html(data.body) if data.body.strip() else ""
    return pages.render(ctx, "collaboration/new_preview.html", html=html)


async def draw_files(ctx: Ctx, _subject: Any) -> str:
    """The field for files of the form of a new incident."""
    limit = service.file_limit(settings_of(ctx), ctx.tenant)
    return pages.text(ctx, "collaboration/new_files.html", most=MOST, limit=size_text(limit), form="new")


ENDPOINTS = (create, preview)
