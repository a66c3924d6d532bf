"""Figures of one web process for Prometheus: requests by route template, their durations, the pool, the process.

Counted in plain numbers and turned into the exposition format only when somebody asks. With several web processes each
answer shows the one that gave it (`pid` in `tocsin_process_info`).
"""

from __future__ import annotations

import os
import secrets
from bisect import bisect_left
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from litestar import HttpMethod, Request, Response
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

import tocsin
from tocsin.base.errors import Forbidden
from tocsin.base.settings import Settings
from tocsin.web.peer import request_id
from tocsin.web.problems import from_exception

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the latency histogram, seconds."""
_LABELS = ("method", "route", "status")
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
Key = tuple[str, str, str]


class Tally(Collector):
    """Requests and their durations, by method, route template and status."""

    def __init__(self) -> None:
        self._counts: dict[Key, list[int]] = {}
        self._seconds: dict[Key, float] = {}

    def count(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count one request. Only templates and known methods become labels: a client must not make new series."""
        key = (method if method in _METHODS else "other", route or "none", str(status))
        counts = self._counts.get(key)
        if counts is None:
            counts = self._counts[key] = [0] * (len(BUCKETS) + 1)
            self._seconds[key] = 0.0
        counts[bisect_left(BUCKETS, seconds)] += 1
        self._seconds[key] += seconds

    def collect(self) -> Iterator[Metric]:
        """The figures as Prometheus wants them."""
        requests = CounterMetricFamily("tocsin_http_requests", "Requests answered.", labels=_LABELS)
        durations = HistogramMetricFamily(
            "tocsin_http_request_seconds", "Seconds from the first byte to the last.", labels=_LABELS
        )
        for key, counts in list(self._counts.items()):
            total, buckets = 0, []
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
                total += count
                buckets.append((bound, float(total)))
            requests.add_metric(key, total)
            durations.add_metric(key, buckets, self._seconds[key])
        yield requests
        yield durations


class _State(Collector):
    """The pool and the process, looked up when asked for."""

    def __init__(self) -> None:
        self.pool: Any = None

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("tocsin_process_info", "The process that answers.", labels=("pid", "version"))
        info.add_metric((str(os.getpid()), tocsin.__version__), 1)
        yield info
        if self.pool is None:
            return
        size, idle, most = self.pool.get_size(), self.pool.get_idle_size(), self.pool.get_max_size()
        connections = GaugeMetricFamily("tocsin_db_connections", "Connections of the pool.", labels=("state",))
        connections.add_metric(("idle",), idle)
        connections.add_metric(("busy",), size - idle)
        yield connections
        yield GaugeMetricFamily("tocsin_db_connections_max", "The most connections the pool may have.", most)


def handlers(settings: Settings, tally: Tally) -> list[HTTPRouteHandler]:
    """The route `/metrics`: for this machine, or for whoever has the token."""
    registry, state = CollectorRegistry(), _State()
    registry.register(tally)
    registry.register(state)
    ProcessCollector(registry=registry)

    async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        if not _may_read(settings, request):
            refusal = Forbidden("Metrics are for this machine, or for the bearer of TOCSIN_METRICS_TOKEN.")
            return from_exception(refusal, request_id(request))
        services = getattr(request.app.state, "services", None)
        state.pool = services.database.pool if services is not None else None
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [HTTPRouteHandler("/metrics", http_method=HttpMethod.GET, name="metrics")(metrics)]


def _may_read(settings: Settings, request: Request[Any, Any, Any]) -> bool:
    if settings.metrics_token is not None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        expected = settings.metrics_token.encode()
        return scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode("utf-8", "replace"), expected)
    # Behind a proxy on this machine every request comes from here: such a server sets a token.
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers or request.client is None:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
