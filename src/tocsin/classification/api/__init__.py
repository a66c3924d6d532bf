"""The catalogue's routes: its entries, the table of transitions, the custom fields, and what they mean for the API."""

from tocsin.classification.api import catalogue, fields, schema, transitions

ENDPOINTS = (*catalogue.ENDPOINTS, *transitions.ENDPOINTS, *fields.ENDPOINTS, *schema.ENDPOINTS)
