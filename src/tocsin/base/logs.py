"""Logging: one line for each event on stderr, as text or JSON, without secrets."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_SECRET_NAMES = re.compile(r"password|secret|authorization|cookie|credential|api_?key|^token$|_token$", re.IGNORECASE)
_SECRETS = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]*(?=@)|tcs_[0-9a-f]{32}_[A-Za-z0-9_-]+|(?<=Bearer )[^\s\"']+")
_HIDDEN = "[hidden]"


def configure(level: str = "info", style: str = "text") -> None:
    """Set up logging of this process: ours and that of the libraries, both on stderr. Safe to call again."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if style == "json":
        last += [structlog.processors.format_exc_info, hide_secrets, structlog.processors.JSONRenderer()]
    else:
        last += [
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(_LEVELS[level], logging.INFO))
    logging.getLogger("tocsin").setLevel(_LEVELS[level])
    for chatty in ("httpx", "httpcore", "apprise", "pgqueuer", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("asyncpg").setLevel(logging.ERROR)  # a database that is away gets a line of ours, not a traceback
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=_logger,
        cache_logger_on_first_use=False,
    )


def _logger(*_args: Any) -> logging.Logger:
    return logging.getLogger("tocsin")


def hide_secrets(_logger: Any, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: values under names of secrets, passwords inside URLs and our tokens never reach a log."""
    for name, value in entry.items():
        if _SECRET_NAMES.search(name):
            entry[name] = _HIDDEN
        elif isinstance(value, str):
            entry[name] = _SECRETS.sub(_HIDDEN, value)
    return entry
