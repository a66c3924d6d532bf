"""Following an incident by a secret instead of a login."""

from __future__ import annotations

from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents.model import Incident, incident_from
from tocsin.incidents.store import tracking


async def find_tracked(tx: Tx, tracking_hash: bytes) -> Incident | None:
    """The incident whose secret has this hash; None when there is none, or it is deleted. Whoever knows the secret may."""
    row = await tracking.by_hash(tx, tracking_hash)
    return incident_from(row, await classification.catalogue(tx)) if row is not None else None
