"""Escalation: by hand, and by policies whose ladders are climbed step by step while nobody takes care."""
