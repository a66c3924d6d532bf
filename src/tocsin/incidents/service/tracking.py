"""Following an incident by a secret instead of a login."""

from __future__ import annotations

import msgspec

from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents.model import Incident, incident_from
from tocsin.incidents.service.merge import leads_to
from tocsin.incidents.store import tracking


async def find_tracked(tx: Tx, tracking_hash: bytes) -> Incident | None:
    """The incident whose secret has this hash; None when there is none, or it is deleted. Whoever knows the secret may.

    A merged one leads to where it goes on, as reported by the one whom the secret was given to.
    """
    row = await tracking.by_hash(tx, tracking_hash)
    if row is None:
        return None
    own = incident_from(row, await classification.catalogue(tx))
    reporter = {name: getattr(own, name) for name in ("reported_by_user_id", "reported_by_reporter_id")}
    return msgspec.structs.replace(await leads_to(tx, own), **reporter)
