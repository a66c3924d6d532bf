"""The web application: `tocsin.asgi:create_app` is what an ASGI server calls. `tocsin serve` does it under Granian."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from multiprocessing.connection import Connection
from uuid import UUID

from litestar import Litestar

from tocsin import wiring
from tocsin.access.service.gate import Gate
from tocsin.access.service.recovery import POST
from tocsin.activity.service import record
from tocsin.base import logs
from tocsin.base.settings import Settings, load_settings
from tocsin.db.session import close, connect, database_urls
from tocsin.db.signals import Listener
from tocsin.incidents.service import live
from tocsin.notifications import service as notifications
from tocsin.web import docs, health, metrics
from tocsin.web.app import App, build_app
from tocsin.web.live import Hub
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
            hub = Hub(partial(live.told, database), partial(live.since, database))
            app.state.services = Services(database, gate, settings, {"live": hub})
            database.on_change += [gate.admissions.forget, hub.changed]
            listener = _listener(urls.app, gate, hub)
            gate.admissions.is_live = lambda: listener.is_live
            tasks = [asyncio.create_task(listener.run()), asyncio.create_task(hub.run())]
            try:
                with _ended_early(app, hub):
                    yield
            finally:
                await POST.settle()
                hub.close()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await close(database)

    return build_app(endpoints, raw, lifespan, tally)


def _listener(url: str, gate: Gate, hub: Hub) -> Listener:
    """Hears of changes anywhere: what this process keeps is dropped first, then streams are asked anew."""

    def forget(tenant_id: UUID) -> None:
        gate.admissions.forget(tenant_id)
        hub.changed(tenant_id)

    def forget_all() -> None:
        gate.admissions.forget_all()
        hub.changed_all()

    return Listener(url, forget, forget_all, hub)


@contextmanager
def _ended_early(app: Litestar, hub: Hub) -> Iterator[None]:
    """End streams as soon as the parent says that it will stop (`web.server`), not when all answers are given."""
    loop = asyncio.get_running_loop()
    ending: Connection | None = app.state.get("ending")
    if ending is None:
        yield
        return

    def end() -> None:
        loop.remove_reader(ending)
        hub.close()

    loop.add_reader(ending, end)
    try:
        yield
    finally:
        loop.remove_reader(ending)
