"""The screens of escalation, one file each."""

from tocsin.escalation.console import policies

ENDPOINTS = (*policies.ENDPOINTS,)
NAVIGATION = policies.NAVIGATION
SLOTS = policies.SLOTS
