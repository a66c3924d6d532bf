"""The catalogue's routes: its entries, and the custom fields."""

from tocsin.classification.api import catalogue, fields

ENDPOINTS = (*catalogue.ENDPOINTS, *fields.ENDPOINTS)
