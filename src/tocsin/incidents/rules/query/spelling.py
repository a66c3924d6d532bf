"""Which of some words a mistyped one was meant to be."""

from __future__ import annotations

from collections.abc import Iterable

SHORT = 5
"""Up to so many letters one slip is believed, in longer words two."""


def slips(one: str, other: str) -> int:
    """How many slips lie between two words: a letter too much, missing, wrong, or two neighbours swapped."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, char in enumerate(one, start=1):
        here = [row]
        for column, letter in enumerate(other, start=1):
            least = min(last[column] + 1, here[column - 1] + 1, last[column - 1] + (char != letter))
            if row > 1 and column > 1 and char == other[column - 2] and one[row - 2] == letter:
                least = min(least, before[column - 2] + 1)
            here.append(least)
        before, last = last, here
    return last[-1]


def meant(word: str, among: Iterable[tuple[str, int]]) -> str | None:
    """The word that was most likely meant, of some with how often each occurs; None when none is near enough."""
    most = 1 if len(word) <= SHORT else 2
    near = [
        (slips(word, one), -often, one) for one, often in among if one != word and abs(len(one) - len(word)) <= most
    ]
    least = min(near, default=None)
    return least[2] if least is not None and least[0] <= most else None
