"""What messages say to people outside: public words only. Members read `incidents.service.describe`."""

from __future__ import annotations

from tocsin.incidents.model import Incident


def describe_publicly(incident: Incident) -> str:
    """An incident for the person who reported it and for addresses outside: nothing of the inside."""
    return f"Reference: {incident.reference_code}\nSubject: {incident.title}\n"
