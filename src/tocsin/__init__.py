"""Tocsin: a multi-tenant incident management server on one PostgreSQL."""

__version__ = "0.1.0"
