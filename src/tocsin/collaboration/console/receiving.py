"""Forms with files: nothing of a file is kept before its sender is known to be let in, and what is wrong with one is said
beside the field.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

from tocsin.base.errors import FieldError, Invalid, TooLarge
from tocsin.base.settings import Settings
from tocsin.collaboration import service
from tocsin.collaboration.rules import size_text
from tocsin.collaboration.service import Inbox, Upload
from tocsin.db.tx import Tx
from tocsin.web import forms
from tocsin.web.routes import Ctx
from tocsin.web.uploads import FilePart, read_form

FIELD = "file"
MOST = 10
"""Files of one form."""
HIGHEST_LIMIT = 1_000_000_000
"""Bytes of a file that no tenant may allow to exceed; the tenant's own limit is known once the sender is."""
HIDDEN = ("_csrf", "_back", "_form", "_once")
Check = Callable[[Tx], Awaitable[None]]


def settings_of(ctx: Ctx) -> Settings:
    """The server's settings."""
    settings: Settings = ctx.request.app.state.services.settings
    return settings


class Parcel:
    """The files of a form on their way in, and what is wrong with them.

    `check` runs in a transaction before the first file is stored; what it raises ends the request.
    """

    def __init__(self, ctx: Ctx, stack: AsyncExitStack, check: Check) -> None:
        self.ctx, self.stack, self.check = ctx, stack, check
        self.flaws: list[FieldError] = []
        self._inbox: Inbox | None = None
        self._limit = 0

    @property
    def uploads(self) -> list[Upload]:
        """The files that have come."""
        return self._inbox.uploads if self._inbox is not None else []

    async def read(self, fields: tuple[str, ...]) -> dict[str, str]:
        """Read the form; its text fields, which then also stand in `ctx.form`."""
        given = await read_form(
            self.ctx.request,
            fields=(*HIDDEN, *fields),
            files=(FIELD,),
            file_limit=HIGHEST_LIMIT,
            receive=self._take,
            # Files beyond the allowed number are read over, so that the fields around them are kept.
            max_files=2 * MOST,
        )
        self.ctx.form = forms.form_of(list(given.items()))
        return {name: value for name, value in given.items() if name not in HIDDEN}

    async def _take(self, part: FilePart) -> None:
        if not part.filename:
            return
        if self._inbox is None:
            self._inbox = await self._open(part)
        name = part.filename[:80]
        if len(self._inbox.uploads) >= MOST:
            self._note(
                FieldError(FIELD, "At most {most} files can be sent at once. Choose the files again.", {"most": MOST})
            )
            return
        try:
            await self._inbox.store(self._within(part.chunks), part.filename, part.declared_type, FIELD)
        except TooLarge:
            about = {"name": name, "limit": size_text(self._limit)}
            self._note(FieldError(FIELD, "{name} is larger than {limit}. Choose the files again.", about))
        except Invalid as error:
            flaw = error.errors[0]
            if flaw.template == service.EMPTY:
                flaw = FieldError(FIELD, "{name} has no content. Choose the files again.", {"name": name})
            self._note(flaw)

    def _note(self, flaw: FieldError) -> None:
        """The first flaw stands for all: its cure is the same."""
        if not self.flaws:
            self.flaws.append(flaw)

    async def _open(self, part: FilePart) -> Inbox:
        """Let the sender in by what the form has said so far: its hidden fields stand at its beginning."""
        self.ctx.form = forms.form_of(list(part.before.items()))
        settings = settings_of(self.ctx)
        async with self.ctx.transaction() as tx:
            await self.check(tx)
            self._limit = service.file_limit(settings, self.ctx.tenant)
        return await self.stack.enter_async_context(
            service.receiving(settings, tx.tenant_id, tx.real_now, self.ctx.tenant.settings.attachment_types)
        )

    async def _within(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in chunks:
            size += len(chunk)
            if size > self._limit:
                raise TooLarge("The file is larger than {limit}.", limit=size_text(self._limit))
            yield chunk
