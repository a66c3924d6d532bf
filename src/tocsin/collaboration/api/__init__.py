"""The routes of collaboration: the work on an incident, and what is kept ready for it."""

from tocsin.collaboration.api import shelf, work

ENDPOINTS = (*work.ENDPOINTS, *shelf.ENDPOINTS)
