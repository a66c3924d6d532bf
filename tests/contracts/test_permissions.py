"""Who may: over every declared route and each of its permissions; and what the seeded roles hold."""

from __future__ import annotations

import pytest

from tests.contracts import samples
from tests.contracts.docs import endpoints
from tocsin.access import permissions

pytestmark = pytest.mark.contract

MEMBER = [e for e in endpoints() if e.access == "member"]
PAIRS = [(e, name) for e in MEMBER for name in e.permissions]

SEEING = {"incidents.view"}


def is_for_ones_own(endpoint, name):
    """Whether the permission opens the route for one's own things only: the features' tests show who that is."""
    if endpoint.path.startswith("/api/access/v1/tokens"):
        return name != "tokens.manage" and (endpoint.method == "POST" or endpoint.path.endswith("{ref}"))
    if "/operations/{" in endpoint.path and endpoint.method == "POST":  # it takes the right to what the operation did
        return name != "incidents.update"
    if endpoint.path.endswith("/bulk"):  # it takes the right to what is to be done
        return name != "incidents.update"
    if endpoint.path.startswith("/profile/absences"):
        return True
    if endpoint.path == "/queue/every" and endpoint.method == "POST":  # and to see the list
        return True
    if "/absences" in endpoint.path and endpoint.method != "GET":
        return name != "users.manage"
    if "/notification-rules/" in endpoint.path:
        return name != "escalation.manage"
    if "/channels/{" in endpoint.path:
        return True
    if "/oncall/{" in endpoint.path and endpoint.method != "GET":
        return name == "incidents.update" or "/swaps" in endpoint.path
    if "/schedules/{" in endpoint.path and endpoint.method != "GET":
        return name != "escalation.manage" or "/swaps" in endpoint.path
    if endpoint.path.endswith(("/claim", "/hand-over")):  # out of one's own team's queue
        return name == "incidents.update"
    if "/comments/{" in endpoint.path and endpoint.method != "GET":
        return True
    if endpoint.path.endswith("/macros/{macro}") and endpoint.path.count("{") == 2:  # each step asks for its own
        return True
    return endpoint.path.startswith(("/api/access/v1/sessions/", "/profile/sessions/{")) or name == "incidents.delegate"


ALLOWED = [(e, name) for e, name in PAIRS if not is_for_ones_own(e, name)]

VIEWER = {"incidents.view", "reports.view"}
AGENT = VIEWER | {f"incidents.{x}" for x in ("create", "update", "delegate", "tasks.manage", "comments.manage")}
MANAGER = AGENT | {f"incidents.{x}" for x in ("assign", "escalate", "delete", "extensions.decide")} | {"audit.view"}


def named(endpoint):
    return f"{endpoint.method} {endpoint.path}"


def test_every_route_declares_who_may():
    for endpoint in endpoints():
        assert endpoint.access in ("member", "public", "open"), named(endpoint)
        if endpoint.access == "member":
            assert endpoint.permissions, f"undeclared means refused: {named(endpoint)}"
            assert set(endpoint.permissions) <= set(permissions.ALL), named(endpoint)


@pytest.mark.parametrize("endpoint", MEMBER, ids=named)
async def test_refused_without_credentials(endpoint, worlds, stranger):
    a, _ = worlds
    answer = await samples.send(stranger, endpoint, await samples.address(endpoint, a), a)
    if endpoint.is_page:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=/")
        return
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("endpoint", MEMBER, ids=named)
async def test_refused_without_the_permission(endpoint, worlds, holding):
    a, _ = worlds
    client = await holding(a, set(permissions.ALL) - set(endpoint.permissions))
    answer = await samples.send(client, endpoint, await samples.address(endpoint, a), a)
    assert answer.status_code == 403, f"{answer.status_code} {answer.text[:300]}"
    assert samples.refusal(endpoint, answer) == "forbidden"


@pytest.mark.parametrize("endpoint, name", ALLOWED, ids=lambda x: x if isinstance(x, str) else named(x))
async def test_allowed_with_the_permission(endpoint, name, worlds, holding):
    """Alone it is never refused; where it does not show the things (404, 422), it takes the right to see them beside it.

    The rules may refuse (409), which comes after; a page's form leads on (303).
    """
    a = worlds[0] if endpoint.method == "GET" else worlds[0].anew()
    path = await samples.address(endpoint, a)
    answer = await samples.send(await holding(a, {name}), endpoint, path, a)
    assert answer.status_code != 403, answer.text[:300]
    assert answer.status_code < 500, answer.text[:300]
    if not _is_allowed(endpoint, answer):
        answer = await samples.send(await holding(a, {name, *SEEING}), endpoint, path, a)
    assert _is_allowed(endpoint, answer), f"{answer.status_code} {answer.text[:300]}"


def _is_allowed(endpoint, answer):
    if endpoint.console and answer.status_code == 303:  # an action leads back to a page, only a stranger to the login
        return not answer.headers["location"].startswith("/login")
    return answer.is_success or answer.status_code == 409


@pytest.mark.parametrize(
    "slug, held",
    [
        ("viewer", VIEWER),
        ("agent", AGENT),
        ("manager", MANAGER),
        ("admin", set(permissions.ALL)),
        ("reporter", {"incidents.create", "incidents.view_own"}),
        ("public", {"incidents.public.submit"}),
    ],
)
async def test_seeded_roles_hold_what_the_domain_says(slug, held, database, worlds):
    assert set(permissions.SEEDED_ROLES[slug][1]) == held
    async with database.tenant(worlds[0].tenant_id) as tx:
        stored = await tx.value("select permissions from roles where tenant_id = $1 and slug = $2", tx.tenant_id, slug)
    assert set(stored) == held


async def test_the_specifications_thirteen_are_there():
    thirteen = "view create update delete assign delegate escalate tasks.manage comments.manage priorities.manage"
    thirteen += " statuses.manage categories.manage public.submit"
    assert {f"incidents.{name}" for name in thirteen.split()} <= set(permissions.ALL)
