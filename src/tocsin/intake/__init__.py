"""Intake: how incidents arrive from outside: the public form, e-mail, alerts and imports."""
