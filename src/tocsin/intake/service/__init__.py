"""Verbs of intake: what the public submits and follows, what an operator imports, and the demo."""
