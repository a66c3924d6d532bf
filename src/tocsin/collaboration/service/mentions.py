"""People whom a comment mentions: they are told, and watch the incident from then on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tocsin.access import service as access
from tocsin.activity.model import RecordedEvent
from tocsin.base import markup
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, invalid
from tocsin.collaboration import rules, store
from tocsin.collaboration.rules import Person
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident
from tocsin.notifications import service as notifications

EXCERPT = 2000
"""Characters of the comment that stand in the message."""
_NOBODY = N_("There is no active member by this id or e-mail.")


async def read(
    tx: Tx, actor: Actor, incident: Incident, body: str, named: Sequence[str], *, is_internal: bool
) -> tuple[str, list[Person]]:
    """The safe HTML of a comment, and whom it mentions: in its text, or by name beside it (`named`: ids or e-mails).

    An unknown or foreign name in a text is a text like any other. Raises `Invalid` for an id that is nobody's, and for
    somebody named beside it who may not see the comment.
    """
    handles = rules.handles(body)
    asked = [await access.find_user(tx, ref, "mentions", actor) for ref in dict.fromkeys(named)]
    ids = rules.ids_in(handles)
    found = await access.find_called(tx, handles, [*ids, *(each.id for each in asked)])
    seen_by = {each.id for each in found if each.sees_all or _reported(incident, each.id, is_internal=is_internal)}
    if set(ids) - {each.id for each in found}:
        raise invalid("body", _NOBODY)
    for each in asked:
        if each.id not in seen_by:
            raise invalid("mentions", "{who} cannot see this comment.", who=each.name)
    people = {each.id: Person(each.id, each.name, each.email) for each in found if each.id in seen_by}
    known = rules.by_handle(people.values())

    def find(text: str, at: int) -> tuple[str, int, UUID] | None:
        hit = rules.match(text, at, known)
        return (hit[0].name, hit[1], hit[0].id) if hit is not None else None

    if len(body) <= markup.INLINE:
        html, mentioned = markup.render_naming(body, find)
    else:
        html, mentioned = await asyncio.to_thread(markup.render_naming, body, find)
    return html, [people[known_id] for known_id in dict.fromkeys([*mentioned, *(each.id for each in asked)])]


def _reported(incident: Incident, user_id: UUID, *, is_internal: bool) -> bool:
    """Whether somebody sees a comment as the one who reported the incident."""
    return not is_internal and incident.reported_by_user_id == user_id


async def keep(tx: Tx, actor: Actor, incident: Incident, comment_id: UUID, people: Sequence[Person]) -> list[UUID]:
    """Write down whom a comment mentions and make them watch; the ids of those it did not mention before."""
    added = await store.mentions.replace(tx, comment_id, [person.id for person in people])
    await incidents.follow(tx, actor, incident, [user_id for user_id in added if user_id != actor.id], "mentioned")
    return added


async def tell(tx: Tx, event: RecordedEvent) -> None:
    """Tell those whom a comment mentions: the job behind `CommentAdded` and `CommentEdited`."""
    wanted = {UUID(known) for known in event.data.get("mentioned") or ()} - {event.actor_id}
    incident = await incidents.look_up(tx, event.incident_id) if wanted and event.incident_id is not None else None
    if incident is None:
        return
    comment = await store.comments.get(tx, incident.id, UUID(event.data["comment"]))
    if comment is None or comment["deleted_at"] is not None:
        return
    await notifications.notify(
        tx,
        kind="Mentioned",
        incident_id=incident.id,
        recipients=await notifications.members(tx, sorted(wanted)),
        subject=f"[{incident.reference_code}] {comment['author_name'] or 'Tocsin'} mentioned you: {incident.title}",
        body=f"{await incidents.describe(tx, incident)}\n{_excerpt(comment)}\n",
        dedupe=f"mention:{comment['id']}",
    )


def _excerpt(comment: Any) -> str:
    body: str = comment["body"]
    kind = "Internal note" if comment["is_internal"] else "Public reply"
    return f"{kind}:\n\n{body if len(body) <= EXCERPT else body[:EXCERPT].rstrip() + '…'}"
