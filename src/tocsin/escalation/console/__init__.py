"""The screens of escalation, one file each."""

from tocsin.escalation.console import incident, policies

ENDPOINTS = (*incident.ENDPOINTS, *policies.ENDPOINTS)
NAVIGATION = policies.NAVIGATION
SLOTS = (*incident.SLOTS, *policies.SLOTS)
