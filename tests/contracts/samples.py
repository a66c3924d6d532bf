"""How to make one of everything in a tenant, through the API: what the contract suites fill addresses and bodies with.

A new route fits in by a line: name its path parameter in `PARAMETERS`, its body fields in `REFERENCES` or `PLAIN`, and, where
the smallest body that fits the schema is not a sensible one, a body in `BODIES`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import httpx
import msgspec
import pytest

from tests.collaboration.bombs import picture
from tests.contracts.docs import documented, endpoints
from tocsin.base.ids import new_id
from tocsin.base.manifest import Endpoint
from tocsin.collaboration.service.stored import look_at
from tocsin.db.tx import Database
from tocsin.notifications import service as notifications
from tocsin.notifications.model import Recipient
from tocsin.reports import service as reports
from tocsin.tenancy import service as tenancy
from tocsin.web.docs import example
from tocsin.web.openapi import build

INCIDENTS = "/api/incidents/v1"
ACCESS = "/api/access/v1"
ESCALATION = "/api/escalation/v1"
SLA = "/api/sla/v1"
FAR = "2030-01-02T03:04:05Z"

_numbers = itertools.count(1)


class World:
    """One tenant, reached through its administrator's client. `id(kind)` makes a thing at its first call.

    Everything made carries `marker` in its text, so that a leak into another tenant's answers is seen.
    """

    def __init__(self, database: Database, tenant_id: UUID, slug: str, api: httpx.AsyncClient, marker: str) -> None:
        self.database = database
        self.tenant_id = tenant_id
        self.slug = slug
        self.api = api
        self.marker = marker
        self.made: dict[str, str] = {}

    def anew(self) -> World:
        """The same tenant with nothing made yet: for acts that would spoil what others use."""
        return World(self.database, self.tenant_id, self.slug, self.api, self.marker)

    def text(self, what: str = "text") -> str:
        """A text nobody else has."""
        return f"{self.marker} {what} {next(_numbers)}"

    def name(self, what: str) -> str:
        """A slug nobody else has."""
        return f"{what}-{self.marker.lower()}-{next(_numbers)}"

    async def id(self, kind: str) -> str:
        """The id of the sample of a kind."""
        if kind not in self.made:
            if kind not in MAKERS:
                pytest.fail(f"declare how to make a {kind} in tests/contracts/samples.py (MAKERS)")
            self.made[kind] = await MAKERS[kind](self)
        return self.made[kind]

    async def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """POST that must succeed; the answer's body."""
        answer = await self.api.post(path, **({"json": body} if body is not None else {}), **more)
        assert answer.status_code in (200, 201), f"POST {path} {body}: {answer.status_code} {answer.text}"
        return answer.json()


Maker = Callable[[World], Awaitable[str]]
MAKERS: dict[str, Maker] = {}


def makes(kind: str) -> Callable[[Maker], Maker]:
    """Declare how to make a kind of thing."""

    def declare(maker: Maker) -> Maker:
        MAKERS[kind] = maker
        return maker

    return declare


@makes("incident")
async def _incident(w: World) -> str:
    body = {
        "title": w.text("incident"),
        "description": w.text(),
        "category": await w.id("category"),
        "priority": "medium",
        "impact": w.text("impact"),
    }
    made = str((await w.post(f"{INCIDENTS}/incidents", body))["id"])
    await w.api.post(f"{INCIDENTS}/incidents/{made}/major", json={"reason": w.text("reason")})
    return made


async def _edited(w: World) -> dict[str, Any]:
    shown = (await w.api.get(f"{INCIDENTS}/incidents/{await w.id('incident')}")).json()
    return {"field": "title", "value": w.text("incident"), "version": str(shown.get("version", 1)), "seen": "nothing"}


@makes("category")
async def _category(w: World) -> str:
    return str((await w.post(f"{INCIDENTS}/categories", {"name": w.text("category")}))["id"])


@makes("priority")
async def _priority(w: World) -> str:
    return str((await w.post(f"{INCIDENTS}/priorities", {"name": w.text("priority"), "level": 2}))["id"])


@makes("status")
async def _status(w: World) -> str:
    return str((await w.post(f"{INCIDENTS}/statuses", {"name": w.text("status")}))["id"])


@makes("goal")
async def _goal(w: World) -> str:
    """A status to which the sample of a status may lead."""
    await w.id("status")
    return str((await w.post(f"{INCIDENTS}/statuses", {"name": w.text("goal")}))["id"])


@makes("field")
async def _field(w: World) -> str:
    body = {"name": w.text("field"), "type": "text", "categories": [await w.id("category")]}
    found = await w.post(f"{INCIDENTS}/custom-fields", body)
    await w.api.put(
        f"{INCIDENTS}/incidents/{await w.id('incident')}", json={"custom": {found["slug"]: w.text("value")}}
    )
    return str(found["id"])


@makes("tag")
async def _tag(w: World) -> str:
    tag = w.name("tag")
    await w.post(f"{INCIDENTS}/incidents/{await w.id('incident')}/tags", {"tags": [tag]})
    return tag


@makes("user")
async def _user(w: World) -> str:
    body = {"name": w.text("user"), "email": f"{w.name('user')}@example.com", "roles": ["agent"]}
    return str((await w.post(f"{ACCESS}/users", body))["id"])


@makes("team")
async def _team(w: World) -> str:
    return str((await w.post(f"{ACCESS}/teams", {"name": w.text("team"), "slug": w.name("team")}))["id"])


@makes("role")
async def _role(w: World) -> str:
    body = {"name": w.text("role"), "slug": w.name("role"), "permissions": ["incidents.view"]}
    return str((await w.post(f"{ACCESS}/roles", body))["id"])


@makes("token")
async def _token(w: World) -> str:
    return str((await w.post(f"{ACCESS}/tokens", {"name": w.text("token"), "role": "viewer"}))["id"])


@makes("session")
async def _session(w: World) -> str:
    session_id, now = new_id(), datetime.now(UTC)
    async with w.database.tenant(w.tenant_id) as tx:
        await tx.run(
            "insert into sessions (tenant_id, id, secret_hash, csrf_token, user_id, created_at, last_seen_at, expires_at)"
            " values ($1, $2, $3, 'x', $4, $5, $5, $6)",
            *(w.tenant_id, session_id, session_id.bytes, UUID(await w.id("user")), now, now + timedelta(hours=1)),
        )
    return str(session_id)


@makes("comment")
async def _comment(w: World) -> str:
    path = f"{INCIDENTS}/incidents/{await w.id('incident')}/comments"
    return str((await w.post(path, {"body": w.text("comment"), "is_internal": True}))["id"])


@makes("task")
async def _task(w: World) -> str:
    return str((await w.post(f"{INCIDENTS}/incidents/{await w.id('incident')}/tasks", {"title": w.text("task")}))["id"])


@makes("checklist")
async def _checklist(w: World) -> str:
    return str((await w.post(f"{INCIDENTS}/checklists", checklist(w)))["id"])


def checklist(w: World) -> dict[str, Any]:
    """A checklist's body."""
    return {"name": w.text("checklist"), "slug": w.name("checklist"), "items": [{"title": w.text("task")}]}


@makes("reply")
async def _reply(w: World) -> str:
    body = {"name": w.text("reply"), "slug": w.name("reply"), "body": w.text("{{incident.reference}}")}
    return str((await w.post(f"{INCIDENTS}/replies", body))["id"])


@makes("macro")
async def _macro(w: World) -> str:
    return str((await w.post(f"{INCIDENTS}/macros", macro(w)))["id"])


def macro(w: World) -> dict[str, Any]:
    """A macro's body."""
    return {"name": w.text("macro"), "slug": w.name("macro"), "steps": [{"do": "task", "title": w.text("task")}]}


@makes("attachment")
async def _attachment(w: World) -> str:
    path = f"{INCIDENTS}/incidents/{await w.id('incident')}/attachments"
    content = picture() + w.text("attachment").encode()
    made = str((await w.post(path, files={"file": (f"{w.name('file')}.png", content, "image/png")}))["id"])
    app = getattr(cast("Any", w.api)._transport, "app", None)
    if app is not None:  # else a server of its own, whose worker looks
        await look_at(w.database, app.state.services.settings, w.tenant_id, UUID(made))
    return made


@makes("watcher")
async def _watcher(w: World) -> str:
    path = f"{INCIDENTS}/incidents/{await w.id('incident')}/watchers"
    return str((await w.post(path, {"user": await w.id("user")}))["id"])


@makes("progress")
async def _progress(w: World) -> str:
    path = f"{INCIDENTS}/incidents/{await w.id('incident')}/progress"
    return str((await w.post(path, {"percent": 20, "summary": w.text("progress"), "is_internal": True}))["id"])


@makes("reminder")
async def _reminder(w: World) -> str:
    path = f"{INCIDENTS}/incidents/{await w.id('incident')}/reminders"
    return str((await w.post(path, reminder()))["id"])


def reminder() -> dict[str, Any]:
    """A reminder's body."""
    return {"reminder_type": "follow_up", "scheduled_for": FAR, "channel": "email"}


@makes("other")
async def _other(w: World) -> str:
    return str((await w.post(f"{INCIDENTS}/incidents", {"title": w.text("incident")}))["id"])


@makes("link")
async def _link(w: World) -> str:
    path = f"{INCIDENTS}/incidents/{await w.id('incident')}/links"
    return str((await w.post(path, {"type": "blocks", "incident": await w.id("other")}))["id"])


@makes("operation")
async def _operation(w: World) -> str:
    body = {"ids": [await w.id("other")], "do": "acknowledge"}
    return str((await w.post(f"{INCIDENTS}/incidents/bulk", body))["operation"])


@makes("major")
async def _major(w: World) -> str:
    """An incident that is a major one by now."""
    incident = await w.id("incident")
    await w.post(f"{INCIDENTS}/incidents/{incident}/major/review/actions", {"title": w.text("action")})
    return incident


@makes("update")
async def _update(w: World) -> str:
    path = f"{INCIDENTS}/incidents/{await w.id('major')}/major/updates"
    return str((await w.post(path, {"body": w.text("update"), "is_internal": True}))["id"])


@makes("policy")
async def _policy(w: World) -> str:
    return str((await w.post(f"{ESCALATION}/policies", policy(w)))["id"])


@makes("extension")
async def _extension(w: World) -> str:
    """One that somebody else has asked for, so that the sample's administrator may decide."""
    token = await w.post(f"{ACCESS}/tokens", {"name": w.text("token"), "role": "agent"})
    path = f"{INCIDENTS}/incidents/{await w.id('incident')}/extensions"
    body = {"due_at": FAR, "reason": w.text("reason")}
    headers = {"Authorization": f"Bearer {token['token']}"}
    return str((await w.post(path, body, headers=headers))["id"])


@makes("calendar")
async def _calendar(w: World) -> str:
    return str((await w.post(f"{SLA}/calendars", calendar(w)))["id"])


@makes("promise")
async def _promise(w: World) -> str:
    return str((await w.post(f"{SLA}/policies", await promise(w)))["id"])


async def promise(w: World) -> dict[str, Any]:
    """A service-level policy's body."""
    line = {"priority": await w.id("priority"), "response_minutes": 30, "calendar": await w.id("calendar")}
    return {"name": w.text("promise"), "slug": w.name("promise"), "organisation": w.text("firm"), "targets": [line]}


def calendar(w: World) -> dict[str, Any]:
    """A calendar's body."""
    return {
        "name": w.text("calendar"),
        "slug": w.name("calendar"),
        "time_zone": "Europe/Berlin",
        "hours": {"mon": [["09:00", "17:00"]], "fri": [["22:00", "06:00"]]},
        "holidays": [{"date": "2026-12-25", "name": w.text("holiday")}],
    }


@makes("run")
async def _run(w: World) -> str:
    """A policy at work on the sample incident."""
    await w.post(f"{ESCALATION}/policies", {**policy(w), "is_active": True, "conditions": ""})
    path = f"{ESCALATION}/runs"
    found = (await w.api.get(path, params={"incident": await w.id("incident"), "state": "running"})).json()
    return str(found["items"][0]["id"])


@makes("rule")
async def _rule(w: World) -> str:
    return str((await w.post(f"{INCIDENTS}/routing/rules", await _new_rule(w)))["id"])


async def _new_rule_form(w: World) -> dict[str, Any]:
    return {"name": w.text("rule"), "team": await w.id("team")}


async def _new_rule(w: World) -> dict[str, Any]:
    about = {"category": await w.id("category"), "priority": ["critical"], "keyword": w.text("routed")}
    return {"name": w.text("rule"), "team": await w.id("team"), **about}


@makes("view")
async def _view(w: World) -> str:
    return str((await w.post(f"{INCIDENTS}/views", {**await _new_view(w), "scope": "tenant", "is_pinned": True}))["id"])


async def _new_view(w: World) -> dict[str, Any]:
    return {"name": w.text("view"), "query": "is:open", "columns": ["title", "status"]}


@makes("absence")
async def _absence(w: World) -> str:
    return str((await w.post(f"{ACCESS}/users/{await w.id('user')}/absences", await _new_absence(w)))["id"])


async def _new_absence(w: World) -> dict[str, Any]:
    day = datetime(2031, 1, 1, tzinfo=UTC) + timedelta(days=next(_numbers))
    return {"from": day.isoformat(), "to": (day + timedelta(hours=20)).isoformat()}


@makes("channel")
async def _channel(w: World) -> str:
    """A channel of the sample person."""
    channel_id = new_id()
    async with w.database.tenant(w.tenant_id) as tx:
        await tx.run(
            "insert into user_channels (tenant_id, id, user_id, kind, address, created_at) values ($1, $2, $3, 'email', $4, $5)",
            *(w.tenant_id, channel_id, UUID(await w.id("user")), f"{w.name('channel')}@example.com", tx.now),
        )
    return str(channel_id)


@makes("schedule")
async def _schedule(w: World) -> str:
    return str((await w.post(f"{ESCALATION}/schedules", await _new_schedule(w)))["id"])


async def _new_schedule(w: World) -> dict[str, Any]:
    layer = {"name": w.text("layer"), "start": "2026-01-05", "users": [await w.id("user")]}
    return {"name": w.text("schedule"), "slug": w.name("schedule"), "layers": [layer]}


@makes("override")
async def _override(w: World) -> str:
    path = f"{ESCALATION}/schedules/{await w.id('schedule')}/overrides"
    return str((await w.post(path, await _new_override(w)))["id"])


async def _new_swap_form(w: World) -> dict[str, Any]:
    return {"user": await w.id("user"), "watch": "2030-01-02T03:04:05+00:00/2030-01-03T03:04:05+00:00"}


async def _new_schedule_form(w: World) -> dict[str, Any]:
    rotation = {"layer_name": "", "rotation": "weekly", "every": "1", "start": "2026-01-05", "handover": "09:00"}
    return {"name": w.text("schedule"), **rotation, "zone": "", "hours": "", "user": await w.id("user")}


async def _new_override_of_mine(w: World) -> dict[str, Any]:
    return {name: value for name, value in (await _new_override(w)).items() if name != "reason"}


async def _new_override(w: World) -> dict[str, Any]:
    return {"user": await w.id("user"), "from": FAR, "to": "2030-01-03T03:04:05Z", "reason": w.text("reason")}


@makes("swap")
async def _swap(w: World) -> str:
    schedule, swap_id = UUID(await w.id("schedule")), new_id()
    second = (await w.post(f"{ACCESS}/users", await _new_user(w)))["id"]
    async with w.database.tenant(w.tenant_id) as tx:
        await tx.run(
            "insert into oncall_swaps (tenant_id, id, schedule_id, from_user_id, to_user_id, starts_at, ends_at, note, created_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            *(w.tenant_id, swap_id, schedule, UUID(await w.id("user")), UUID(second)),
            *(tx.now + timedelta(days=1), tx.now + timedelta(days=2), w.text("note"), tx.now),
        )
    return str(swap_id)


@makes("gateway")
async def _gateway(w: World) -> str:
    """One whose host nobody can have."""
    path = "/api/notifications/v1/gateways/slack"
    answer = await w.api.put(path, json=_NOWHERE | {"url": f"https://{w.marker.lower()}.invalid/hook"})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


_NOWHERE = {"url": "https://gateway.invalid/hook", "secret": "none"}


@makes("delivery")
async def _delivery(w: World) -> str:
    person = Recipient(UUID(await w.id("user")), None, w.text("person"), f"{w.name('person')}@example.com")
    async with w.database.tenant(w.tenant_id) as tx:
        await tenancy.current(tx)
        await notifications.notify(
            tx,
            kind="contract",
            incident_id=None,
            recipients=[person],
            subject=w.text("subject"),
            body=w.text("body"),
            dedupe=w.name("contract"),
        )
        found = await tx.value(
            "select id from notification_deliveries where tenant_id = $1 order by id desc limit 1", w.tenant_id
        )
    return str(found)


async def fill(w: World) -> None:
    """What no address names but a table keeps: a test wants a row of each tenant in every table."""
    user, team, incident = await w.id("user"), await w.id("team"), await w.id("incident")
    answer = await w.api.put(f"{ACCESS}/teams/{team}", json={"members": [user], "spread": "round_robin"})
    await _work(w)
    answer = await w.api.put(f"{ACCESS}/teams/{team}", json={"members": [user]})
    assert answer.status_code == 200, answer.text
    answer = await w.api.put(
        f"{ESCALATION}/notification-rules/{user}", json={"rules": [{"after": "PT0M", "channel": "email"}]}
    )
    assert answer.status_code == 200, answer.text
    await _alert(w, UUID(incident), UUID(user))
    answer = await w.api.put(f"{ESCALATION}/settings", json={"last_resort": user})
    assert answer.status_code == 200, answer.text
    await w.post(f"{INCIDENTS}/incidents", {"title": w.text("incident"), "team": team})
    armed = {**policy(w), "is_active": True, "conditions": "source:api"}
    await w.post(f"{ESCALATION}/policies", armed)
    later = await w.post(f"{INCIDENTS}/incidents", {"title": w.text("incident"), "source": "api"})
    await w.post(f"{INCIDENTS}/incidents/{later['id']}/assign", {"user": user, "note": w.text("note")})
    await w.post(f"{INCIDENTS}/incidents/{incident}/escalate", {"priority": "critical", "reason": w.text("reason")})
    report = {"title": w.text("report"), "name": w.text("reporter"), "email": f"{w.name('visitor')}@example.com"}
    await w.post(f"{INCIDENTS}/public/submit", report, headers={"X-Tenant": w.slug, "Idempotency-Key": w.name("key")})
    await w.post("/api/activity/v1/anchors", {})
    async with w.database.tenant(w.tenant_id) as tx:
        await tx.run(
            "insert into oncall_feeds (tenant_id, id, user_id, secret_hash, created_at) values ($1, $2, $3, $4, $5)",
            *(w.tenant_id, new_id(), UUID(user), new_id().bytes, tx.now),
        )
        await tx.run(
            "insert into incident_presence (tenant_id, incident_id, user_id, seen_at) values ($1, $2, $3, $4)",
            *(w.tenant_id, UUID(incident), UUID(user), tx.now),
        )
        await tx.run(
            "insert into sla_digests (tenant_id, id, due_at) values ($1, $2, $3)",
            *(w.tenant_id, new_id(), tx.now + timedelta(days=99)),
        )
        await tx.run(
            "insert into incident_team_clocks (tenant_id, id, incident_id, team_id, policy, target_minutes, warning_percents,"
            " created_at, updated_at) values ($1, $2, $3, $4, $6, 60, '{}', $5, $5)",
            *(w.tenant_id, new_id(), UUID(incident), UUID(team), tx.now, {"name": w.text("policy"), "version": 1}),
        )
    async with w.database.tenant(w.tenant_id, now=datetime.now(UTC) + timedelta(days=2)) as tx:
        await tenancy.current(tx)
        due = await tx.row(reports.NEXT_DUE, w.tenant_id, 1)
        assert due is not None
        await reports.handle(tx, due["id"])


async def _work(w: World) -> None:
    """Tasks that wait for each other, a comment that mentions somebody and was rewritten."""
    incident, user = await w.id("incident"), await w.id("user")
    first = await w.id("task")
    tasks = f"{INCIDENTS}/incidents/{incident}/tasks"
    await w.post(tasks, {"title": w.text("task"), "depends_on": [first]})
    comments = f"{INCIDENTS}/incidents/{incident}/comments"
    made = await w.post(comments, {"body": w.text("comment"), "is_internal": True, "mentions": [user]})
    answer = await w.api.put(f"{comments}/{made['id']}", json={"body": w.text("comment"), "mentions": [user]})
    assert answer.status_code == 200, answer.text
    await w.id("reply")
    await w.id("macro")
    await w.post(f"{INCIDENTS}/incidents/{incident}/checklists", {"checklist": await w.id("checklist")})


async def _alert(w: World, incident: UUID, user: UUID) -> None:
    async with w.database.tenant(w.tenant_id) as tx:
        await tx.run(
            "insert into escalation_alerts (tenant_id, id, incident_id, user_id, occasion, reason, rules, started_at, next_at,"
            " updated_at) values ($1, $2, $3, $4, $5, $6, '[]', $7, $7, $7)",
            *(w.tenant_id, new_id(), incident, user, w.name("occasion"), w.text("reason"), tx.now),
        )


def policy(w: World) -> dict[str, Any]:
    """An escalation policy's body."""
    return {
        "name": w.text("policy"),
        "is_active": False,
        "conditions": "priority:critical",
        "trigger": {"on": "unassigned", "after": "PT15M"},
        "steps": [{"after": "PT0M", "actions": [{"do": "raise_priority"}]}],
    }


# ---------------------------------------------------------------------------------------------------- path parameters

PARAMETERS: dict[str, str] = {
    f"{INCIDENTS}/incidents/{{}}": "incident",
    f"{INCIDENTS}/incidents/{{}}/comments/{{}}": "comment",
    f"{INCIDENTS}/incidents/{{}}/tasks/{{}}": "task",
    f"{INCIDENTS}/incidents/{{}}/attachments/{{}}": "attachment",
    f"{INCIDENTS}/incidents/{{}}/watchers/{{}}": "watcher",
    f"{INCIDENTS}/incidents/{{}}/reminders/{{}}": "reminder",
    f"{INCIDENTS}/incidents/{{}}/extensions/{{}}": "extension",
    f"{INCIDENTS}/incidents/{{}}/progress/{{}}": "progress",
    f"{INCIDENTS}/checklists/{{}}": "checklist",
    f"{INCIDENTS}/replies/{{}}": "reply",
    f"{INCIDENTS}/macros/{{}}": "macro",
    f"{INCIDENTS}/incidents/{{}}/replies/{{}}": "reply",
    f"{INCIDENTS}/incidents/{{}}/macros/{{}}": "macro",
    "/incidents/{}/macros/{}": "macro",
    "/admin/checklists/{}": "checklist",
    "/admin/replies/{}": "reply",
    "/admin/macros/{}": "macro",
    f"{INCIDENTS}/incidents/{{}}/links/{{}}": "link",
    f"{INCIDENTS}/incidents/{{}}/major/updates/{{}}": "update",
    f"{INCIDENTS}/operations/{{}}": "operation",
    "/operations/{}": "operation",
    "/incidents/{}/links/{}": "link",
    "/incidents/{}": "incident",
    "/incidents/{}/comments/{}": "comment",
    "/incidents/{}/tasks/{}": "task",
    "/incidents/{}/attachments/{}": "attachment",
    "/incidents/{}/watchers/{}": "watcher",
    "/incidents/{}/reminders/{}": "reminder",
    "/incidents/{}/extensions/{}": "extension",
    f"{INCIDENTS}/incidents/{{}}/tags/{{}}": "tag",
    f"{INCIDENTS}/custom-fields/{{}}": "field",
    f"{INCIDENTS}/transitions/{{}}": "status",
    f"{INCIDENTS}/transitions/{{}}/{{}}": "goal",
    f"{INCIDENTS}/categories/{{}}": "category",
    f"{INCIDENTS}/priorities/{{}}": "priority",
    f"{INCIDENTS}/statuses/{{}}": "status",
    f"{ACCESS}/users/{{}}": "user",
    f"{ACCESS}/teams/{{}}": "team",
    f"{ACCESS}/roles/{{}}": "role",
    f"{ACCESS}/tokens/{{}}": "token",
    f"{ACCESS}/sessions/{{}}": "session",
    f"{ACCESS}/users/{{}}/absences/{{}}": "absence",
    f"{INCIDENTS}/routing/rules/{{}}": "rule",
    f"{INCIDENTS}/queues/{{}}": "team",
    f"{INCIDENTS}/views/{{}}": "view",
    "/views/{}": "view",
    f"{ESCALATION}/policies/{{}}": "policy",
    f"{ESCALATION}/schedules/{{}}": "schedule",
    f"{ESCALATION}/schedules/{{}}/overrides/{{}}": "override",
    f"{ESCALATION}/schedules/{{}}/swaps/{{}}": "swap",
    f"{SLA}/calendars/{{}}": "calendar",
    f"{SLA}/policies/{{}}": "promise",
    f"{SLA}/priorities/{{}}": "priority",
    f"{ESCALATION}/runs/{{}}": "run",
    f"{ESCALATION}/notification-rules/{{}}": "user",
    "/api/notifications/v1/channels/{}": "channel",
    "/profile/notifications/channels/{}": "channel",
    "/incidents/{}/runs/{}": "run",
    "/api/notifications/v1/deliveries/{}": "delivery",
    "/api/notifications/v1/gateways/{}": "gateway",
    "/admin/channels/{}": "gateway",
    "/admin/people/{}": "user",
    "/admin/people/{}/absences/{}": "absence",
    "/profile/absences/{}": "absence",
    "/admin/routing/{}": "rule",
    "/teams/{}": "team",
    "/oncall/{}": "schedule",
    "/oncall/{}/overrides/{}": "override",
    "/oncall/{}/swaps/{}": "swap",
    "/admin/oncall/{}": "schedule",
    "/admin/teams/{}": "team",
    "/admin/roles/{}": "role",
    "/admin/tokens/{}": "token",
    "/admin/categories/{}": "category",
    "/admin/priorities/{}": "priority",
    "/admin/statuses/{}": "status",
    "/admin/fields/{}": "field",
    "/admin/statuses/{}/moves/{}": "goal",
    "/admin/escalation/{}": "policy",
    "/admin/calendars/{}": "calendar",
    "/admin/sla/{}": "promise",
    "/admin/deliveries/{}": "delivery",
    "/profile/sessions/{}": "session",
    "/board/cards/{}": "incident",
    "/board/move/{}": "incident",
}
"""The address up to and including a parameter (names left out): the kind of thing it names."""

NOT_OWNED: dict[str, str] = {
    "/api/modules/v1/modules/{}": "reminders",
    "/admin/modules/{}": "reminders",
    "/api/sla/v1/places/{}": "DE",
}
"""Parameters that name nothing of a tenant's, and a value."""

_PARAM = re.compile(r"{\w+}")


def kinds(endpoint: Endpoint) -> list[tuple[str, str | None]]:
    """For each path parameter its name and the kind it names (None: nothing of a tenant's). Fails for an undeclared one."""
    found: list[tuple[str, str | None]] = []
    for match in _PARAM.finditer(endpoint.path):
        prefix = _PARAM.sub("{}", endpoint.path[: match.end()])
        if prefix not in PARAMETERS and prefix not in NOT_OWNED:
            pytest.fail(f"declare how to make a {prefix} in tests/contracts/samples.py (PARAMETERS)")
        found.append((match.group()[1:-1], PARAMETERS.get(prefix)))
    return found


def names_nothing(endpoint: Endpoint) -> bool:
    """Whether a route's parameters are declared to name nothing of a tenant's."""
    shapes = [_PARAM.sub("{}", endpoint.path[: match.end()]) for match in _PARAM.finditer(endpoint.path)]
    return all(shape in NOT_OWNED for shape in shapes)


def kinds_in_use() -> set[str]:
    """Every kind that an address names; undeclared ones fail the tests of their routes, not the fixture."""
    shapes = {_PARAM.sub("{}", e.path[: match.end()]) for e in endpoints() for match in _PARAM.finditer(e.path)}
    return {kind for shape, kind in PARAMETERS.items() if shape in shapes}


async def address(endpoint: Endpoint, *worlds: World) -> str:
    """The route's address, its parameters filled from the worlds in turn (the last one serves all that follow)."""
    parts = iter(itertools.chain(worlds, itertools.repeat(worlds[-1])))
    path = endpoint.path
    for name, kind in kinds(endpoint):
        world = next(parts)
        value = (
            await world.id(kind) if kind else NOT_OWNED[_PARAM.sub("{}", endpoint.path.split(f"{{{name}}}")[0] + "{x}")]
        )
        path = path.replace("{" + name + "}", value)
    return path


# --------------------------------------------------------------------------------------------------------------- bodies

Body = Callable[[World], Awaitable[dict[str, Any]]]


def fixed(**fields: Any) -> Body:
    """A body of constants."""

    async def make(w: World) -> dict[str, Any]:
        return dict(fields)

    return make


def naming(field: str, kind: str, **fields: Any) -> Body:
    """A body that names a thing of the world."""

    async def make(w: World) -> dict[str, Any]:
        return {field: await w.id(kind), **fields}

    return make


def naming_list(field: str, kind: str) -> Body:
    """A body with a list of one thing of the world."""

    async def make(w: World) -> dict[str, Any]:
        return {field: [await w.id(kind)]}

    return make


def worded(field: str, what: str, /, **fields: Any) -> Body:
    """A body with a fresh text."""

    async def make(w: World) -> dict[str, Any]:
        return {field: w.text(what), **fields}

    return make


async def _new_user(w: World) -> dict[str, Any]:
    return {"name": w.text("user"), "email": f"{w.name('user')}@example.com", "roles": []}


async def _new_token(w: World) -> dict[str, Any]:
    role = await w.post(f"{ACCESS}/roles", {"name": w.text("role"), "slug": w.name("role"), "permissions": []})
    return {"name": w.text("token"), "role": role["id"]}


async def _new_calendar(w: World) -> dict[str, Any]:
    return calendar(w)


async def _changed_calendar(w: World) -> dict[str, Any]:
    return {"name": w.text("calendar"), "apply_to_running": True}


async def _what_if(w: World) -> dict[str, Any]:
    return {"calendar": await w.id("calendar"), "change": {"hours": {"tue": [["09:00", "12:00"]]}}}


async def _new_policy(w: World) -> dict[str, Any]:
    return policy(w)


async def _new_channel(w: World) -> dict[str, Any]:
    return {"kind": "email", "address": f"{w.name('channel')}@example.com"}


async def _new_checklist(w: World) -> dict[str, Any]:
    return checklist(w)


async def _new_macro(w: World) -> dict[str, Any]:
    return macro(w)


async def _same_user(w: World) -> dict[str, Any]:
    found = (await w.api.get(f"{ACCESS}/users/{await w.id('user')}")).json()
    return {"name": w.text("user"), "email": found["email"], "roles": found["roles"]}


async def _new_token_form(w: World) -> dict[str, Any]:
    return {**await _new_token(w), "last_day": "2198-01-01"}


async def _organisation(w: World) -> dict[str, Any]:
    """The organisation as it is: others read it at the same time."""
    body = (await w.api.get("/api/tenancy/v1/tenant")).json()
    plain = {name: body[name] for name in ("name", "time_zone", "locale")}
    return {
        **plain,
        "reference_prefix": "INC-",
        "reopen_days": "7",
        "warning_percents": "75, 90",
        "comment_edit_minutes": "15",
    }


LADDER: dict[str, Any] = {
    "on": "unassigned",
    "wait": ["0"],
    "unit": ["m"],
    "step": ["0"],
    "do": ["raise_priority"],
    "whom": ["-"],
    "channel": ["email"],
}


ITEM: dict[str, Any] = {"title": ["Look"], "detail": [""], "wait": ["2"], "unit": ["h"], "after": [""]}
STEP: dict[str, Any] = {"do": ["resolve"], "what": [""], "text": ["Done"], "internal": ["false"]}


async def _some_incidents(w: World) -> dict[str, Any]:
    return {"ref": [await w.id("incident")], "status": "in-progress"}


async def _bulk(w: World) -> dict[str, Any]:
    return {"ids": [await w.id("incident")], "do": "transition", "with": {"status": "in-progress"}}


_I = f"{INCIDENTS}/incidents/{{}}"
BODIES: dict[str, Body] = {
    f"POST {INCIDENTS}/incidents": worded("title", "incident"),
    f"PUT {_I}": worded("title", "incident"),
    f"POST {_I}/assign": naming("user", "user"),
    f"POST {_I}/unassign": fixed(),
    f"POST {_I}/delegate": naming("user", "user"),
    f"POST {_I}/hand-over": naming("team", "team"),
    f"POST {_I}/escalate": fixed(priority="critical", reason="It spreads"),
    f"POST {_I}/transition": fixed(status="in-progress"),
    f"POST {_I}/major": worded("reason", "reason"),
    f"PUT {_I}/major/roles": naming("scribe", "user"),
    f"POST {_I}/major/updates": worded("body", "update"),
    f"PUT {_I}/major/review": worded("summary", "review"),
    f"POST {_I}/major/review/actions": worded("title", "action"),
    f"POST {_I}/links": naming("incident", "other", type="relates"),
    f"POST {_I}/merge": naming("into", "other"),
    f"POST {INCIDENTS}/incidents/bulk": _bulk,
    f"POST {_I}/tags": fixed(tags=["vpn"]),
    f"POST {_I}/comments": worded("body", "comment"),
    "POST /incidents/{}/checklists": naming("checklist", "checklist"),
    "POST /incidents/{}/progress": fixed(percent="10", summary="Begun", is_internal="false"),
    "POST /admin/checklists": worded("name", "checklist", **ITEM),
    "POST /admin/checklists/{}": worded("name", "checklist", **ITEM),
    "POST /admin/checklists/{}/active": fixed(is_active="true"),
    "POST /admin/replies": worded("name", "reply", body="Hello"),
    "POST /admin/replies/{}": worded("name", "reply", body="Hello"),
    "POST /admin/replies/{}/active": fixed(is_active="true"),
    "POST /admin/macros": worded("name", "macro", **STEP),
    "POST /admin/macros/{}": worded("name", "macro", **STEP),
    "POST /admin/macros/{}/active": fixed(is_active="true"),
    f"POST {_I}/checklists": naming("checklist", "checklist"),
    f"POST {INCIDENTS}/checklists": _new_checklist,
    f"POST {INCIDENTS}/replies": worded("name", "reply", body="Hello {{reporter.name}}"),
    f"POST {INCIDENTS}/macros": _new_macro,
    f"PUT {INCIDENTS}/checklists/{{}}": worded("name", "checklist"),
    f"PUT {INCIDENTS}/replies/{{}}": worded("name", "reply"),
    f"PUT {INCIDENTS}/macros/{{}}": worded("name", "macro"),
    f"PUT {_I}/comments/{{}}": worded("body", "comment"),
    f"POST {_I}/tasks/reorder": naming_list("tasks", "task"),
    f"POST {_I}/tasks": worded("title", "task"),
    f"PUT {_I}/tasks/{{}}": worded("title", "task"),
    f"POST {_I}/watchers": naming("user", "user"),
    f"POST {_I}/reminders": fixed(**reminder()),
    f"POST {_I}/reminders/{{}}/snooze": fixed(**{"for": "PT1H"}),
    f"POST {_I}/progress": fixed(percent=10, summary="Begun", is_internal=False),
    "POST /incidents/{}/transition": fixed(status="in-progress"),
    "POST /incidents/{}/priority": fixed(priority="critical"),
    "POST /incidents/{}/assign": naming("user", "user"),
    "POST /incidents/{}/delegate": naming("user", "user"),
    "POST /incidents/{}/escalate": fixed(priority="critical", reason="It spreads"),
    "POST /incidents/{}/edit": _edited,
    "POST /incidents/{}/watchers": naming("user", "user"),
    "POST /incidents/{}/preview": worded("body", "comment"),
    "POST /incidents/{}/comments/{}": worded("body", "comment"),
    "POST /incidents/{}/tasks": worded("title", "task"),
    "POST /incidents/{}/tasks/reorder": naming_list("tasks", "task"),
    "POST /incidents/{}/tasks/{}": worded("title", "task"),
    "POST /incidents/{}/tasks/{}/tick": fixed(status="done"),
    "POST /incidents/{}/tasks/{}/move": fixed(way="down"),
    "POST /incidents/{}/reminders": fixed(scheduled_for="2030-01-02T03:04"),
    "POST /incidents/{}/reminders/{}": fixed(scheduled_for="2030-01-02T03:04"),
    "POST /incidents/{}/reminders/{}/snooze": fixed(**{"for": "PT1H"}),
    f"POST {INCIDENTS}/categories": worded("name", "category"),
    f"PUT {INCIDENTS}/transitions/{{}}/{{}}": fixed(comment=False),
    f"POST {INCIDENTS}/custom-fields": worded("name", "field", type="text"),
    f"POST {INCIDENTS}/priorities": worded("name", "priority", level=3),
    f"POST {INCIDENTS}/statuses": worded("name", "status"),
    f"POST {INCIDENTS}/routing/rules": _new_rule,
    f"POST {INCIDENTS}/views": _new_view,
    f"POST {INCIDENTS}/incidents/similar": worded("title", "incident"),
    f"PUT {INCIDENTS}/views/{{}}": worded("name", "view"),
    "POST /views": worded("name", "view"),
    "POST /views/{}": worded("name", "view"),
    f"PUT {INCIDENTS}/routing/rules/{{}}": worded("name", "rule"),
    f"POST {INCIDENTS}/routing/preview": worded("title", "incident"),
    f"POST {ACCESS}/users/{{}}/absences": _new_absence,
    f"POST {ACCESS}/users": _new_user,
    f"POST {ACCESS}/teams": worded("name", "team"),
    f"POST {ACCESS}/roles": worded("name", "role", permissions=[]),
    f"POST {ACCESS}/tokens": _new_token,
    "PUT /api/modules/v1/modules/{}": fixed(is_enabled=True),
    f"POST {ESCALATION}/policies": _new_policy,
    f"POST {ESCALATION}/policies/{{}}/rehearse": fixed(
        **{"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
    ),
    f"PUT {ESCALATION}/notification-rules/{{}}": fixed(rules=[{"after": "PT0M", "channel": "email"}]),
    "POST /api/notifications/v1/channels": _new_channel,
    "PUT /api/notifications/v1/gateways/{}": fixed(**_NOWHERE),
    "POST /admin/channels/{}": fixed(**_NOWHERE),
    "POST /profile/notifications": fixed(wait=["0"], unit=["m"], by=["email:"]),
    "POST /profile/notifications/channels": _new_channel,
    f"PUT {ESCALATION}/settings": naming("last_resort", "user"),
    f"PUT {ESCALATION}/policies/{{}}": _new_policy,
    f"POST {ESCALATION}/oncall/feed": fixed(),
    f"POST {ESCALATION}/schedules": _new_schedule,
    f"PUT {ESCALATION}/schedules/{{}}": worded("name", "schedule"),
    f"POST {ESCALATION}/schedules/{{}}/overrides": _new_override,
    f"POST {ESCALATION}/schedules/{{}}/swaps": _new_override_of_mine,
    "POST /oncall/{}/overrides": _new_override,
    "POST /oncall/{}/swaps": _new_swap_form,
    "POST /admin/oncall": _new_schedule_form,
    "POST /admin/oncall/{}": _new_schedule_form,
    "POST /profile/absences": _new_absence,
    "POST /admin/people/{}/absences": _new_absence,
    "POST /admin/routing": naming("team", "team"),
    "POST /admin/routing/{}": _new_rule_form,
    "POST /admin/routing/{}/active": fixed(is_active="true"),
    "POST /admin/routing/{}/shift": fixed(way="earlier"),
    "POST /incidents/{}/hand-over": naming("team", "team"),
    "POST /admin/people": _new_user,
    "POST /admin/people/{}": _same_user,
    "POST /admin/people/{}/active": fixed(is_active="true"),
    "POST /admin/teams": worded("name", "team"),
    "POST /admin/teams/{}": worded("name", "team"),
    "POST /admin/teams/{}/active": fixed(is_active="true"),
    "POST /admin/roles": worded("name", "role"),
    "POST /admin/roles/{}": worded("name", "role"),
    "POST /admin/tokens": _new_token_form,
    "POST /admin/organisation": _organisation,
    "POST /admin/categories": worded("name", "category"),
    "POST /admin/categories/{}": worded("name", "category"),
    "POST /admin/categories/{}/active": fixed(is_active="true"),
    "POST /admin/priorities": worded("name", "priority", level="3"),
    "POST /admin/priorities/{}": worded("name", "priority", level="3"),
    "POST /admin/priorities/{}/active": fixed(is_active="true"),
    "POST /admin/statuses": worded("name", "status"),
    "POST /admin/statuses/{}": worded("name", "status"),
    "POST /admin/statuses/{}/active": fixed(is_active="true"),
    "POST /admin/statuses/{}/shift": fixed(way="earlier"),
    f"POST {_I}/extensions": worded("reason", "reason", due_at=FAR),
    "POST /admin/statuses/{}/moves/{}": fixed(needs_comment="true"),
    "POST /api/tenancy/v1/clock/advance": fixed(by="PT1H"),
    f"POST {SLA}/calendars": _new_calendar,
    f"PUT {SLA}/calendars/{{}}": _changed_calendar,
    f"POST {SLA}/calendars/{{}}/holidays": fixed(country="DE", region="BY", first=2026, last=2027),
    f"PUT {SLA}/priorities/{{}}": fixed(response_time_minutes=60),
    f"POST {SLA}/policies": promise,
    f"PUT {SLA}/policies/{{}}": worded("name", "promise"),
    f"POST {SLA}/what-if": _what_if,
    "POST /admin/fields": worded("name", "field"),
    "POST /admin/fields/{}": worded("name", "field"),
    "POST /admin/fields/{}/active": fixed(is_active="true"),
    "POST /admin/fields/{}/shift": fixed(way="earlier"),
    "POST /clock/advance": fixed(by="PT1H"),
    "POST /admin/calendars": worded("name", "calendar", time_zone="UTC", mon="09:00-17:00"),
    "POST /admin/calendars/{}": worded("name", "calendar", time_zone="UTC", mon="09:00-17:00"),
    "POST /admin/calendars/{}/holidays": fixed(country="DE-BY"),
    "POST /admin/calendars/{}/active": fixed(is_active="true"),
    "POST /admin/sla": worded("name", "promise", maximum_extensions="2"),
    "POST /admin/sla/{}": worded("name", "promise", maximum_extensions="2"),
    "POST /admin/sla/{}/active": fixed(is_active="true"),
    "POST /incidents/{}/extensions": worded("reason", "reason", due_at="2030-01-02T03:04"),
    "POST /admin/escalation": worded("name", "ladder", **LADDER),
    "POST /admin/escalation/{}": worded("name", "ladder", **LADDER),
    "POST /admin/escalation/last-resort": naming("last_resort", "user"),
    "POST /admin/escalation/{}/active": fixed(is_active="false"),
    "POST /admin/modules/{}": fixed(is_enabled="true"),
    "POST /profile": worded("name", "myself"),
    "POST /profile/password": fixed(old="x", new="correct horse battery", again="correct horse battery"),
    "POST /incidents/{}/pick/status": fixed(status="in-progress"),
    "POST /incidents/{}/pick/priority": fixed(priority="high"),
    "POST /incidents/{}/pick/category": naming("category", "category"),
    "POST /incidents/{}/pick/owner": naming("user", "user"),
    "POST /queue/bulk": _some_incidents,
    "POST /incidents/{}/major": worded("reason", "reason"),
    "POST /incidents/{}/major/roles": naming("scribe", "user"),
    "POST /incidents/{}/major/updates": worded("body", "update"),
    "POST /incidents/{}/major/review/actions": worded("title", "action"),
    "POST /incidents/{}/links": naming("incident", "other", type="relates"),
    "POST /incidents/{}/merge": naming("into", "other"),
    "POST /queue/every": fixed(do="close", list="/queue?status=closed"),
    "POST /queue/columns": fixed(column="owner", density="normal"),
    f"POST {INCIDENTS}/public/submit": worded("title", "report", email="visitor@example.com"),
    "POST /board/move/{}": fixed(status="triaged"),
    f"POST {_I}/attachments/{{}}/link": fixed(valid_for="PT5M"),
    "POST /incidents/new": worded("title", "incident"),
    "POST /incidents/new/files": worded("title", "incident"),
    "POST /incidents/new/preview": worded("body", "comment"),
}
"""A sensible body by route (parameter names left out); without one, the smallest that fits the schema."""

EXCLUDING: dict[tuple[str, str], set[str]] = {
    (f"POST {_I}/watchers", "team"): {"user"},
    (f"POST {ACCESS}/tokens", "user"): {"role"},
    ("POST /incidents/{}/watchers", "team"): {"user"},
    ("POST /incidents/{}/links", "other"): {"incident"},
    ("POST /incidents/{}/merge", "other"): {"into"},
    (f"POST {SLA}/what-if", "priority"): {"calendar"},
    (f"POST {SLA}/what-if", "policy"): {"calendar"},
    **{("POST /queue/bulk", field): {"status"} for field in ("user", "team", "priority", "macro")},
    **{("POST /queue/every", field): {"do"} for field in ("user", "team", "priority", "status", "macro")},
}
"""(route, field): the fields of its sensible body that can't stand beside that one."""

REFERENCES: dict[str, str] = {
    "category": "category",
    "categories": "category",
    "priority": "priority",
    "status": "status",
    "assigned_to": "user",
    "deputy": "user",
    "macro": "macro",
    "schedule": "schedule",
    "user": "user",
    "users": "user",
    "leads": "user",
    "manager": "user",
    "last_resort": "user",
    "members": "user",
    "team": "team",
    "teams": "team",
    "role": "role",
    "roles": "role",
    "comment": "comment",
    "comment_id": "comment",
    "task": "task",
    "tasks": "task",
    "to": "user",
    "transitions": "status",
    "calendar": "calendar",
    "incident": "other",
    "into": "other",
    "commander": "user",
    "communications": "user",
    "scribe": "user",
    "mentions": "user",
    "checklist": "checklist",
    "depends_on": "task",
}
"""Body fields that name a thing of the tenant's, and its kind: another tenant's must be as unknown as none at all."""

_PLAIN = """
items text internal detail is_enabled tenant old new title description name slug impact metadata due_at source as note until reason body is_internal is_active is_default
type department level response_time_minutes resolution_time_minutes sort_order is_terminal is_resolved pauses_sla
email phone organization permissions expires_at password time_zone locale settings host percent summary
field version seen value way
next_update_due_at reminder_type scheduled_for before_due channel conditions trigger steps repeat stop_on hours on_manual clock times rules address code by draft enabled
completed_at kind next theme keys again column density what was now do back
every list stage root_cause went_well went_wrong
from spread organization keyword position layers return_from return_to watch in_return layer_name rotation every start handover zone hours
organisation targets maximum_extensions hands_minutes by hours holidays apply_to_running country region first last change
from spread organization keyword position layers return_from return_to
organisation targets maximum_extensions hands_minutes mon tue wed thu fri sat sun update line_calendar warnings hands by hours holidays apply_to_running country region first last change
ids q with children like last_day meaning shown moves way on after after_unit wait unit step do whom channel more response resolution
from spread organization keyword position
query sort columns scope is_pinned limit pinned
comment_edit_minutes reference_prefix reopen_days warning_percents attachment_limit attachment_types valid_for brand_color public_intro public_fields cursor
custom tags choices required_at is_public fields permission no_open_tasks needs_comment
rrule is_urgent for repeat_until quiet_from quiet_to
reopen_on_reply auto_close_days resolve_with_open_tasks
url secret forget
"""
PLAIN = frozenset(_PLAIN.split())
"""Body fields that name nothing."""

ELSEWHERE: dict[tuple[str, str], str | None] = {
    ("/queue/bulk", "ref"): None,
    ("/queue/bulk", "comment"): None,
    ("/queue/every", "comment"): None,
    (f"{ESCALATION}/policies/{{}}/rehearse", "to"): None,
    ("/incidents/{}/links", "other"): "other",
    ("/incidents/{}/merge", "other"): "other",
    (f"{SLA}/what-if", "policy"): "promise",
    (f"{ACCESS}/users/{{}}/absences", "to"): None,
    ("/admin/people/{}/absences", "to"): None,
    ("/profile/absences", "to"): None,
    ("/oncall/{}/overrides", "to"): None,
    (f"{ESCALATION}/schedules/{{}}/overrides", "to"): None,
    (f"{ESCALATION}/schedules/{{}}/swaps", "to"): None,
    ("/incidents/{}/tasks/{}", "status"): None,
    ("/incidents/{}/tasks/{}/tick", "status"): None,
    (f"{INCIDENTS}/transitions/{{}}/{{}}", "comment"): None,
}
"""(path without parameter names, field): its kind, or None for plain, where the field's name means something else."""


def key(endpoint: Endpoint) -> str:
    """The route as `BODIES` names it."""
    return f"{endpoint.method} {_PARAM.sub('{}', endpoint.path)}"


def reference_fields(endpoint: Endpoint) -> dict[str, str]:
    """The body's fields that name things, and their kinds. Fails for an undeclared field."""
    found: dict[str, str] = {}
    for kind in (endpoint.body, endpoint.form):
        for field in msgspec.structs.fields(kind) if kind is not None else ():
            name = field.encode_name
            special = (_PARAM.sub("{}", endpoint.path), name)
            if special in ELSEWHERE:
                if (what := ELSEWHERE[special]) is not None:
                    found[name] = what
            elif name in REFERENCES:
                found[name] = REFERENCES[name]
            elif name not in PLAIN and not _is_file(field):
                pytest.fail(
                    f"declare whether {name} of {endpoint.method} {endpoint.path} names a thing (REFERENCES or PLAIN)"
                )
    return found


def _is_file(field: Any) -> bool:
    return field.type is bytes or "bytes" in str(field.type)


def _document() -> dict[str, Any]:
    return build(documented())


def refusal(endpoint: Endpoint, answer: httpx.Response) -> str:
    """The slug of a refusal's problem: of its document, or of the page that shows it."""
    if endpoint.is_page:
        found = re.search(r'data-problem="([a-z-]+)"', answer.text)
        assert found is not None, answer.text[:300]
        return found.group(1)
    kind: str = answer.json()["type"]
    return kind.removeprefix("urn:tocsin:problem:")


async def send(
    client: httpx.AsyncClient, endpoint: Endpoint, path: str, world: World, **changes: Any
) -> httpx.Response:
    """Call a route with a sensible body (fields in `changes` put over it)."""
    options: dict[str, Any] = {}
    without = {name for field in changes for name in EXCLUDING.get((key(endpoint), field), ())}
    if endpoint.reads_stream and endpoint.console and key(endpoint) in BODIES:
        fields = {**await BODIES[key(endpoint)](world), **changes}
        options["files"] = {name: (None, value) for name, value in fields.items()}
    elif endpoint.reads_stream and endpoint.body is None:
        options |= {"files": {"file": ("a.txt", b"sample", "text/plain")}, "data": changes}
    elif endpoint.console and endpoint.body is not None:
        body = await BODIES[key(endpoint)](world) if key(endpoint) in BODIES else {}
        options["data"] = {**{name: value for name, value in body.items() if name not in without}, **changes}
    elif endpoint.body is not None:
        body = await body_of(endpoint, world)
        options["json"] = {**{name: value for name, value in body.items() if name not in without}, **changes}
    if endpoint.access == "public":
        options["headers"] = {"X-Tenant": world.slug}
    return await client.request(endpoint.method, path, **options)


async def body_of(endpoint: Endpoint, world: World) -> dict[str, Any]:
    """A sensible body for a route."""
    if key(endpoint) in BODIES:
        return await BODIES[key(endpoint)](world)
    document = _document()
    operation = document["paths"][endpoint.path][endpoint.method.lower()]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    found: dict[str, Any] = example(schema, document["components"]["schemas"])
    return found
