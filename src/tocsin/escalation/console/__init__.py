"""The screens of escalation, one file each."""

from tocsin.escalation.console import ack, incident, policies, profile

ENDPOINTS = (*incident.ENDPOINTS, *policies.ENDPOINTS, *profile.ENDPOINTS, *ack.ENDPOINTS)
NAVIGATION = policies.NAVIGATION
SLOTS = (*incident.SLOTS, *policies.SLOTS)
