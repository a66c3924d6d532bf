"""The web application: `tocsin.asgi:create_app` is what an ASGI server calls. `tocsin serve` does it under Granian."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar

from tocsin import wiring
from tocsin.access.service.gate import Gate
from tocsin.access.service.recovery import POST
from tocsin.activity.service import record
from tocsin.base import logs
from tocsin.base.settings import Settings, load_settings
from tocsin.db.session import close, connect, database_urls
from tocsin.db.signals import Listener
from tocsin.notifications import service as notifications
from tocsin.web import docs, health, metrics
from tocsin.web.app import App, build_app
from tocsin.web.metrics import Tally
from tocsin.web.unit import Services


def create_app(settings: Settings | None = None) -> App:
    """The application of these settings (by default the environment's). Raises `SettingError`."""
    settings = settings or load_settings(os.environ)
    logs.configure(settings.log_level, settings.log_format)
    notifications.check_settings(settings)
    return build(settings)


def build(settings: Settings) -> App:
    """The application with every feature's routes, health, metrics and the API's documentation."""
    tally = Tally()
    modules = wiring.modules()
    endpoints = [endpoint for module in modules for endpoint in module.endpoints]
    titles = {module.name: module.title for module in modules}
    raw = [
        *health.handlers(),
        *metrics.handlers(settings, tally),
        *docs.handlers([one for one in endpoints if not one.console], titles),
    ]

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        with database_urls(settings) as urls:
            database = await connect(urls.app, size=settings.pool_size, closer=record, name="tocsin web")
            gate = Gate(settings.session_hours)
            app.state.services = Services(database, gate, settings, {})
            database.on_change.append(gate.admissions.forget)
            listener = Listener(urls.app, gate.admissions.forget, gate.admissions.forget_all)
            gate.admissions.is_live = lambda: listener.is_live
            listening = asyncio.create_task(listener.run())
            try:
                yield
            finally:
                await POST.settle()
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                await close(database)

    return build_app(endpoints, raw, lifespan, tally)
