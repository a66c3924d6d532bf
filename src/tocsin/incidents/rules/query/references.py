"""References as people write them: `123`, `#123`, `inc-123` and `INC123` all mean `INC-000123`."""

from __future__ import annotations

import re

from tocsin.incidents.rules.query.tree import Words

_SPELT = re.compile(r"#?(?:([A-Za-z][A-Za-z0-9]{0,7}?)[-_\u2010-\u2014]?)?0*([1-9][0-9]{0,8})")


def meant_reference(text: str) -> str | int:
    """What a value of `ref` names: a reference code as it is kept, or, where no prefix is written, its number."""
    match = _SPELT.fullmatch(text.strip())
    if match is None:
        return text.strip().upper()
    return f"{match[1].upper()}-{int(match[2]):06d}" if match[1] else int(match[2])


def also_references(word: Words, prefix: str) -> tuple[str, ...]:
    """What a bare word may stand for beside itself: the organisation's reference of that number, as it stands in texts.

    A number alone is looked for as the reference's second half: the dash before it passes for a sign.
    """
    if word.kind != "word" or (match := _SPELT.fullmatch(word.text)) is None:
        return ()
    number = f"{int(match[2]):06d}"
    letters = match[1]
    if letters is not None and f"{letters.upper()}-" != prefix:
        return ()
    found = (f"-{number}", number) if letters is None else (f"{prefix}{number}",)
    return tuple(one for one in found if one != word.text.upper())
