"""Pages of the console: rendering them, going back after an action, and showing refusals where they belong."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from litestar import Request
from litestar.datastructures import Cookie
from markupsafe import Markup, escape

import tocsin
from tocsin.base.manifest import Endpoint
from tocsin.web import i18n, shell, static
from tocsin.web.peer import header
from tocsin.web.problems import Problem
from tocsin.web.reply import Reply
from tocsin.web.routes import HTML, Ctx, Failed

FLASH = "tcs_flash"
LANGUAGE = "tcs_lang"
_YEAR = 365 * 24 * 3600
SMALL = 1000
"""Bytes below which compressing an answer is not worth it."""
_PACKAGE = Path(tocsin.__file__).parent
_CODE = re.compile("`([^`]+)`")
_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f-\U0010ffff\\]*")


# -------------------------------------------------------------------------------------------------------- rendering


def render(ctx: Ctx, template: str, /, *, status: int | None = None, **values: Any) -> Reply:
    """A page or a part of one as an answer. A refused form shows its page again under the refusal's status."""
    if status is None:
        status = ctx.failed.status if ctx.failed is not None else ctx.status or 200
    content = text(ctx, template, **values)
    headers = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Cookie, HX-Request", **ctx.headers}
    cookies = list(ctx.cookies)
    if FLASH in ctx.request.cookies and "tc-toasts" in content:
        cookies.append(Cookie(key=FLASH, value="", path="/", max_age=0, httponly=True, samesite="lax"))
    body, packed = _packed(ctx.request, content.encode())
    return Reply(body, status, headers | packed, media_type="text/html; charset=utf-8", cookies=cookies)


def text(ctx: Ctx, template: str, /, **values: Any) -> str:
    """The HTML of a template such as `incidents/queue.html`, for this reader."""
    tongue = speech(ctx)
    found = _environment(tongue.locale).get_template(template)
    return found.render(_common(ctx, tongue) | values)


def part(ctx: Ctx, template: str, macro: str, /, *arguments: Any, **values: Any) -> Markup:
    """What one macro of a template makes, for parts that several pages and answers share."""
    tongue = speech(ctx)
    module = _environment(tongue.locale).get_template(template).make_module(_common(ctx, tongue))
    return Markup(getattr(module, macro)(*arguments, **values))  # noqa: S704  templates escape what they are given


def speech(ctx: Ctx) -> i18n.Tongue:
    """The reader's way of speaking: their own language and zone, else the tenant's, else what the browser asks for."""
    tenant = ctx.tenant
    locale = ctx.locale or ctx.person.locale or (tenant.locale if tenant is not None else None)
    if locale is None:
        locale = i18n.accepted(ctx.request.headers.get("accept-language", ""))
    return i18n.tongue(locale, ctx.person.time_zone or (tenant.time_zone if tenant is not None else "UTC"))


def speech_of(ctx: Ctx, locale: str | None) -> i18n.Tongue:
    """The reader's way of speaking from now on, when they have just chosen another language (None: the tenant's)."""
    return i18n.tongue(locale or ctx.tenant.locale, speech(ctx).zone.key)


def choose_language(ctx: Ctx, asked: str | None) -> None:
    """The language of a page that strangers see: the one asked for (kept in a cookie), else the kept one, else what the
    browser asks for, else the tenant's.
    """
    if asked in i18n.LOCALES:
        ctx.locale = asked
        keep = Cookie(key=LANGUAGE, value=asked, path="/", max_age=_YEAR, httponly=True, samesite="lax")
        ctx.cookies.append(keep)
        return
    kept = ctx.request.cookies.get(LANGUAGE)
    wanted = i18n.preferred(ctx.request.headers.get("accept-language", ""))
    ctx.locale = kept if kept in i18n.LOCALES else wanted


def _common(ctx: Ctx, tongue: i18n.Tongue) -> dict[str, Any]:
    """What every template may use."""
    now: datetime = ctx.tx.now if ctx.tenant is not None else shell.now()
    return {
        "ctx": ctx,
        "failed": ctx.failed,
        "flashes": _flashes(ctx.request),
        "here": here(ctx.request),
        "is_part": is_part(ctx.request),
        "languages": i18n.LOCALES,
        "locale": tongue.locale,
        "now": now,
        "shell": shell.Shell(ctx, tongue),
        "tongue": tongue,
    }


def is_part(request: Request[Any, Any, Any]) -> bool:
    """Whether the browser asks for a part to put into the page it already shows."""
    return header(request, b"hx-request") == "true"


def target(request: Request[Any, Any, Any]) -> str:
    """The id of the element that the answer will be put into; empty outside htmx."""
    return (header(request, b"hx-target") or "").partition("#")[2]


def here(request: Request[Any, Any, Any]) -> str:
    """The page in the browser's address bar: path and query."""
    current = header(request, b"hx-current-url") if is_part(request) else None
    if current is not None:
        try:
            parts = urlsplit(current)
        except ValueError:  # no browser says so
            return "/"
        found = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return found if is_local(found) else "/"
    query = request.scope.get("query_string", b"").decode("latin-1")
    return f"{request.scope['path']}?{query}" if query else str(request.scope["path"])


def address(path: str, **query: str) -> str:
    """An address of ours with its query."""
    return f"{path}?{urlencode(query)}"


def is_local(path: str) -> bool:
    """Whether a text is an address on this server, so that following it leads nowhere else."""
    return _PATH.fullmatch(path) is not None


@cache
def _environment(locale: str) -> Environment:
    folders = {path.parent.name: FileSystemLoader(path) for path in sorted(_PACKAGE.glob("*/templates"))}
    made = Environment(
        loader=ChoiceLoader([PrefixLoader(folders)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    made.install_gettext_translations(i18n.translations(locale), newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(icon=icon, static=static.url, _=_saying(locale))
    made.filters.update(initials=initials, tone=tone, code=code)
    return made


def _saying(locale: str) -> Callable[..., Markup]:
    """`_()` of templates. Jinja's own takes every message for safe, also one that is no constant but somebody's text."""
    gettext = i18n.translations(locale).gettext

    def say(message: str, **values: Any) -> Markup:
        return escape(gettext(message)) % values

    return say


@lru_cache(maxsize=2048)
def icon(name: str, classes: str = "", label: str = "") -> Markup:
    """An icon of the sprite; silent for screen readers unless it has a label."""
    spoken = Markup(' role="img" aria-label="{}"').format(label) if label else Markup(' aria-hidden="true"')
    kind = f"ic {classes}".rstrip() + (" ic-fill" if name.endswith("-filled") else "")
    address = f"{static.url('icons.svg')}#{name}"
    return Markup('<svg class="{}"{}><use href="{}"></use></svg>').format(kind, spoken, address)


def code(message: str) -> Markup:
    """A message in which names stand between backticks, as in the documentation, with these set as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(message))))  # noqa: S704  escaped before


def initials(name: str) -> str:
    """Up to two letters for an avatar."""
    words = [word for word in re.split(r"[\s\-.@_]+", name) if word]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else "?"


def tone(key: Any) -> str:
    """One of five quiet colours, always the same for the same person or team."""
    return f"is-c{sum(str(key).encode()) % 5 + 1}"


def _packed(request: Request[Any, Any, Any], content: bytes) -> tuple[bytes, dict[str, str]]:
    if len(content) < SMALL or "gzip" not in (header(request, b"accept-encoding") or ""):
        return content, {}
    return gzip.compress(content, compresslevel=5, mtime=0), {"Content-Encoding": "gzip"}


# ---------------------------------------------------------------------------------------------------------- actions


@dataclass(frozen=True, slots=True)
class Undo:
    """What takes an act back: an action of ours and its fields."""

    path: str
    fields: dict[str, str] = field(default_factory=dict)


def redirect(ctx: Ctx, path: str, said: str | None = None, undo: Undo | None = None) -> Reply:
    """Go to a page of ours after an action (303), where `said` is shown for a while, with a way to undo it."""
    if said is not None:
        note = msgspec.json.encode({"text": said, "undo": undo})
        value = base64.urlsafe_b64encode(note).decode()
        ctx.cookies.append(Cookie(key=FLASH, value=value, path="/", max_age=60, httponly=True, samesite="lax"))
    ctx.headers["Location"] = path
    return Reply(b"", 303, ctx.headers, media_type=HTML, cookies=ctx.cookies)


def back(ctx: Ctx, fallback: str, said: str | None = None, undo: Undo | None = None) -> Reply:
    """Go back to the page that the form stood on, else to `fallback`."""
    wanted = ctx.form.back
    return redirect(ctx, wanted if wanted is not None and is_local(wanted) else fallback, said, undo)


def _flashes(request: Request[Any, Any, Any]) -> list[dict[str, Any]]:
    given = request.cookies.get(FLASH)
    if not given:
        return []
    try:
        note = json.loads(base64.urlsafe_b64decode(given))
        text_, undo = note["text"], note["undo"]
        known = isinstance(text_, str) and (
            undo is None or (is_local(undo["path"]) and isinstance(undo["fields"], dict))
        )
    except (ValueError, KeyError, TypeError):
        return []
    return [{"text": text_, "undo": undo}] if known else []


# --------------------------------------------------------------------------------------------------------- refusals


class Index:
    """The console's pages by address: a refused form is shown in the page it stands on."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        found = [one for one in endpoints if one.is_page and one.method == "GET"]
        found.sort(key=lambda one: one.path.count("{"))
        self._known = [(re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", one.path)), one) for one in found]

    def find(self, path: str) -> tuple[Endpoint, dict[str, str]] | None:
        """The page at a path, with what its address holds."""
        for pattern, endpoint in self._known:
            if (match := pattern.fullmatch(path)) is not None:
                return endpoint, match.groupdict()
        return None


def shown_again(ctx: Ctx, problem: Problem, index: Index) -> tuple[Endpoint, Ctx] | None:
    """The page that a refused form stands on, ready to be shown with what was typed and what is wrong with it.

    None when the form does not say where it stands, or when the caller may not be there at all.
    """
    page = ctx.form.back
    if page is None or not is_local(page) or problem.status in (401, 403, 404):
        return None
    parts = urlsplit(page)
    found = index.find(parts.path)
    if found is None:
        return None
    endpoint, path_params = found
    # A scope of its own: only what names the page is another (and what Litestar has read of it, kept under `_ls_`).
    state = {key: value for key, value in ctx.request.scope["state"].items() if not key.startswith("_ls_")}
    scope: Any = {**ctx.request.scope, "state": state, "method": "GET", "path": parts.path, "path_params": path_params}
    scope["query_string"] = parts.query.encode()
    again = Ctx(Request(scope))
    if problem.retry_after is not None:
        again.headers["Retry-After"] = str(problem.retry_after)
    errors = {e["field"]: e["message"] for e in problem.errors}
    if (hint := problem.more.get("hint")) and (wrong := next(iter(errors), None)):
        errors[wrong] = f"{errors[wrong]} {hint}"
    again.failed = Failed(ctx.form, problem.status, problem.detail, errors)
    return endpoint, again


def failure(ctx: Ctx, problem: Problem) -> Reply:
    """What a caller gets who cannot have the page: the login, a toast in the page they are on, or a page that says why."""
    part = is_part(ctx.request)
    if problem.status == 401:
        login = f"/login?next={quote(here(ctx.request), safe='/')}"
        if part:
            return Reply(b"", 401, {"HX-Redirect": login}, media_type=HTML)
        ctx.cookies.clear()
        return redirect(ctx, login)
    headers = {"Retry-After": str(problem.retry_after)} if problem.retry_after is not None else {}
    if part:
        said = json.dumps({"toast": {"text": problem.detail, "kind": "failed"}})
        return Reply(b"", problem.status, {"HX-Reswap": "none", "HX-Trigger": said, **headers}, media_type=HTML)
    ctx.headers.update(headers)
    ctx.failed = None
    return render(ctx, "web/error.html", status=problem.status, problem=problem)
