"""Verbs on members and their rights, one file a subject: `gate` (who comes in), `seeds`, …"""
