"""Pure decisions of intake: what foreign input says, and nothing about where it is kept."""
