r"""Reading a query: one pass from left to right, each character looked at a bounded number of times.

    query   = { term }                     all must hold
    term    = [ "-" ] ( clause | words ) | words "OR" words { "OR" words }
    clause  = field ":" item { "," item }  one must fit
    item    = [ "<" | "<=" | ">" | ">=" ] value | [ value ] ".." [ value ]
    words   = a word | a beginning "*" | a phrase in quotation marks
    value   = characters without space and comma | text in quotation marks, where \\" and \\\\ stand for " and \\

A word in front of a colon that names no field is refused, unless nothing follows ("Re: printer" is two words).
"""

from __future__ import annotations

import re

from tocsin.base.errors import N_
from tocsin.incidents.rules.query.fields import Field, find_field, nearest_field
from tocsin.incidents.rules.query.tree import (
    AnyValue,
    Between,
    Beyond,
    Clause,
    Either,
    Query,
    QueryError,
    Term,
    Value,
    Words,
)

MOST_CHARACTERS = 2000
MOST_TERMS = 50
MOST_VALUES = 100
MOST_WORDS = 20
LONGEST_WORD = 200
SHORTEST_PREFIX = 2
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}(?:\.[A-Za-z0-9][A-Za-z0-9_-]{0,63})?:")
_UNKNOWN = re.compile(r"[^\W\d_][\w.-]*:")
_BARE = re.compile(r"\S+")
_ITEM = re.compile(r"[^\s,]+")
_SPACE = re.compile(r"\s*")
_SIGN = re.compile(r"[<>]=?")
_UNSAFE = re.compile("[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff]")


def parse(text: str, *, is_ours: bool = False) -> Query:
    """The query that a text says. Raises `QueryError` and nothing else.

    `is_ours`: written evenly by us, which may be longer than what it was read from (`owner` is `assignee` then).
    """
    if len(text) > MOST_CHARACTERS and not is_ours:
        raise QueryError(
            MOST_CHARACTERS,
            N_("A query has at most {most} characters."),
            N_("Leave something out."),
            most=MOST_CHARACTERS,
        )
    if (unsafe := _UNSAFE.search(text)) is not None:
        raise QueryError(
            unsafe.start(), N_("This character cannot be searched for."), N_("Take the control character out.")
        )
    return _Reader(text).query()


class _Reader:
    """Where reading stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.values = 0
        self.words = 0

    def query(self) -> Query:
        terms: list[Term] = []
        self._skip()
        while self.at < len(self.text):
            if len(terms) == MOST_TERMS:
                raise self._wrong(N_("A query has at most {most} parts."), N_("Leave something out."), most=MOST_TERMS)
            terms.append(self._term())
            self._skip()
        found = Query(tuple(terms))
        texts = [term for term in terms if isinstance(term, Words)]
        if texts and len(texts) == len(terms) and all(one.is_blank for one in texts):
            raise QueryError(
                texts[0].at, N_("There is nothing to look for."), N_("Give a word with a letter or a digit in it.")
            )
        return found

    def _skip(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match is not None else self.at

    def _wrong(self, template: str, hint: str, /, *, at: int | None = None, **values: object) -> QueryError:
        return QueryError(self.at if at is None else at, template, hint, **values)

    # ---------------------------------------------------------------------------------------------------------- terms

    def _term(self) -> Term:
        if self._or_here():
            raise self._wrong(N_("OR needs a word before it."), N_("Write disk OR drive."))
        first = self._one()
        if not self._or_next():
            return first
        options = [self._option(first)]
        while self._or_next():
            where = self.at
            self._skip()
            self.at += 2
            self._skip()
            if self.at >= len(self.text) or self._or_here():
                raise self._wrong(N_("OR needs a word after it."), N_("Write disk OR drive."), at=where + 1)
            options.append(self._option(self._one()))
        return Either(tuple(options))

    def _or_here(self) -> bool:
        return self.text.startswith("OR", self.at) and self._ends(self.at + 2)

    def _or_next(self) -> bool:
        match = _SPACE.match(self.text, self.at)
        start = match.end() if match is not None else self.at
        return start > self.at and self.text.startswith("OR", start) and self._ends(start + 2)

    def _ends(self, at: int) -> bool:
        return at >= len(self.text) or self.text[at].isspace()

    def _option(self, term: Clause | Words) -> Words:
        if isinstance(term, Words) and not term.is_negated and not term.is_blank:
            return term
        hint = N_("Several values of one field are separated by commas, such as priority:high,critical.")
        raise self._wrong(N_("OR stands between words only."), hint, at=term.at)

    def _one(self) -> Clause | Words:
        start = self.at
        is_negated = self.text[start] == "-" and not self._ends(start + 1)
        if is_negated:
            self.at += 1
        if self.text[self.at] == '"':
            return self._phrase(start, is_negated)
        clause = self._clause(start, is_negated)
        return clause if clause is not None else self._word(start, is_negated)

    # ---------------------------------------------------------------------------------------------------------- words

    def _count_word(self, start: int) -> None:
        self.words += 1
        if self.words > MOST_WORDS:
            raise self._wrong(
                N_("A query looks for at most {most} words."), N_("Leave something out."), at=start, most=MOST_WORDS
            )

    def _phrase(self, start: int, is_negated: bool) -> Words:
        self._count_word(start)
        text = self._quoted()
        if not self._ends(self.at):
            raise self._wrong(
                N_("After a quotation mark comes a space."),
                N_('Put a space here, or \\" for a mark inside the phrase.'),
            )
        return Words(text, "phrase", is_negated, start)

    def _word(self, start: int, is_negated: bool) -> Words:
        match = _BARE.match(self.text, self.at)
        text = match.group() if match is not None else ""
        self._count_word(start)
        begin, self.at = self.at, self.at + len(text)
        return _as_word(text, begin, start, is_negated)

    def _quoted(self) -> str:
        """The text in quotation marks that begins here."""
        begin = self.at
        self.at += 1
        parts: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == '"':
                self.at += 1
                return "".join(parts)
            if char == "\\" and self.text[self.at + 1 : self.at + 2] in ('"', "\\"):
                self.at += 1
                char = self.text[self.at]
            parts.append(char)
            self.at += 1
        raise self._wrong(
            N_("This quotation mark is never closed."), N_('Close it with another ", or leave it out.'), at=begin
        )

    # -------------------------------------------------------------------------------------------------------- clauses

    def _clause(self, start: int, is_negated: bool) -> Clause | None:
        match = _NAME.match(self.text, self.at)
        name = match.group()[:-1] if match is not None else ""
        head, _, part = name.partition(".")
        field = find_field(head) if match is not None else None
        if match is None or field is None or (field.kind == "custom") != bool(part):
            self._refuse_unknown(field)
            return None
        self.at = match.end()
        values = self._items(field)
        return Clause(field.name, values, part or None, is_negated, start)

    def _refuse_unknown(self, field: Field | None) -> None:
        match = _UNKNOWN.match(self.text, self.at)
        if match is None or self._ends(match.end()):
            return
        name = match.group()[:-1]
        if field is not None and field.kind == "custom":
            raise self._wrong(N_("Which custom field is meant?"), field.hint)
        meant = nearest_field(name.partition(".")[0])
        quote = N_("To look for the text itself, put it into quotation marks.")
        hint = N_("Did you mean {meant}? To look for the text itself, put it into quotation marks.") if meant else quote
        raise self._wrong(N_("There is no field {name}."), hint, name=name[:80], meant=meant)

    def _items(self, field: Field) -> tuple[AnyValue, ...]:
        found: list[AnyValue] = []
        while True:
            self.values += 1
            if self.values > MOST_VALUES:
                raise self._wrong(N_("A query holds at most {most} values."), N_("Leave some out."), most=MOST_VALUES)
            found.append(self._item(field))
            if self.text.startswith(",", self.at):
                self.at += 1
            elif self._ends(self.at):
                return tuple(found)
            else:
                raise self._wrong(
                    N_("After a quotation mark comes a space or a comma."), N_("Put a space or a comma here.")
                )

    def _item(self, field: Field) -> AnyValue:
        sign = _SIGN.match(self.text, self.at)
        if sign is not None and not field.takes_ranges:
            hint = N_(
                "Only times and numbers have more and less. Put the value into quotation marks if it is meant so."
            )
            raise self._wrong(N_("{sign} does not go with {field}."), hint, sign=sign.group(), field=field.name)
        if sign is not None:
            self.at = sign.end()
            return Beyond(sign.group(), self._value(field))  # type: ignore[arg-type]  # the pattern finds these four
        start = self.at
        value = self._value(field)
        if not field.takes_ranges or value.is_quoted or ".." not in value.text:
            return value
        low, _, high = value.text.partition("..")
        if not (low or high):
            raise self._missing(field, start)
        first = Value(low, at=start) if low else None
        return Between(first, Value(high, at=start + len(low) + 2) if high else None, start)

    def _value(self, field: Field) -> Value:
        start = self.at
        if self.text.startswith('"', start):
            text = self._quoted()
            if not text.strip():
                raise self._missing(field, start)
            return Value(text, True, start)
        match = _ITEM.match(self.text, start)
        if match is None:
            raise self._missing(field, start)
        self.at = match.end()
        if field.kind == "text":
            _as_word(match.group(), start, start, False)
        return Value(match.group(), False, start)

    def _missing(self, field: Field, at: int) -> QueryError:
        names = ", ".join(field.choices)
        return self._wrong(
            N_("A value of {field} is missing."),
            field.hint,
            at=at,
            field=field.name,
            names=names,
            example=_example(field),
        )


def _example(field: Field) -> str:
    return {"status": "open", "priority": "high,critical"}.get(field.name, "network")


def _as_word(text: str, begin: int, at: int, is_negated: bool) -> Words:
    """A bare word, or the beginning of one. Raises `QueryError` for a star in the middle, and for what is too long."""
    if len(text) > LONGEST_WORD:
        raise QueryError(
            begin + LONGEST_WORD, N_("A word has at most {most} characters."), N_("Shorten it."), most=LONGEST_WORD
        )
    star = text.find("*")
    if star < 0 or not any(char.isalnum() for char in text):
        return Words(text, "word", is_negated, at)
    hint = N_(
        "Write the beginning of a word with at least {least} letters, such as disk*, or put a star that is meant into quotation marks."
    )
    if star < len(text) - 1:
        raise QueryError(begin + star, N_("A star stands at the end of a word."), hint, least=SHORTEST_PREFIX)
    if sum(char.isalnum() for char in text) < SHORTEST_PREFIX:
        raise QueryError(begin, N_("This beginning is too short."), hint, least=SHORTEST_PREFIX)
    return Words(text[:-1], "prefix", is_negated, at)
