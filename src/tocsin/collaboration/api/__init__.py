"""The routes of collaboration: the work on an incident, what is kept ready for it, and major incidents."""

from tocsin.collaboration.api import major, shelf, work

ENDPOINTS = (*work.ENDPOINTS, *shelf.ENDPOINTS, *major.ENDPOINTS)
