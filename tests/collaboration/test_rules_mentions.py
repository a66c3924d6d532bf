"""Whom a text means by `@somebody`."""

from __future__ import annotations

import itertools
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from tocsin.base import markup
from tocsin.base.ids import new_id
from tocsin.collaboration import rules
from tocsin.collaboration.rules import Person

ADA = Person(UUID(int=1), "Ada Lovelace", "ada@acme.example")
KING = Person(UUID(int=2), "Ada King", "aking@acme.example")
HUGO = Person(UUID(int=3), "Hugo de Vries", "hugo.de.vries@acme.example")
KNOWN = rules.by_handle([ADA, KING, HUGO])


def mentioned(text, known=KNOWN):
    def find(source, at):
        hit = rules.match(source, at, known)
        return (hit[0].name, hit[1], hit[0].name) if hit is not None else None

    return markup.render_naming(text, find)


@pytest.mark.parametrize(
    "text, names",
    [
        ("@Ada Lovelace, look", ["Ada Lovelace"]),
        ("look, @ada lovelace!", ["Ada Lovelace"]),
        ("@Hugo can you?", ["Hugo de Vries"]),
        ("@Hugo de Vries's desk", ["Hugo de Vries"]),
        ("@hugo.de.vries and @hugodevries", ["Hugo de Vries"]),
        ("@aking. (@Hugo)", ["Ada King", "Hugo de Vries"]),
        ("@ada@acme.example please", ["Ada Lovelace"]),
        (f"@{KING.id}", ["Ada King"]),
        ("**@Hugo**", ["Hugo de Vries"]),
        ("@Ada", ["Ada Lovelace"]),
        ("@Adam and @Eve", []),
        ("write to hugo@acme.example or x@hugo", []),
        ("`@Hugo` is code\n\n    @Hugo too", []),
        ("\\@Hugo", []),
        ("@", []),
        ("@@Hugo", []),
    ],
)
def test_who_is_meant(text, names):
    assert mentioned(text)[1] == names


def test_a_name_that_two_bear_is_nobodys():
    one, other = (Person(new_id(), "Kim Lee", f"{name}@acme.example") for name in ("kim", "lee"))
    known = rules.by_handle([one, other])
    assert mentioned("@Kim Lee @Kim @lee@acme.example", known)[1] == ["Kim Lee"]
    assert known.get("kim lee") is None


def test_what_is_shown_is_the_members_name():
    html, _ = mentioned("Hi @hugo, see [this](https://a.test/)")
    assert '<span class="tc-mention">@Hugo de Vries</span>, see <a href="https://a.test/"' in html


def test_a_name_is_escaped_and_no_class_of_ones_own_comes_through():
    bad = Person(new_id(), "<b onclick=x>", "bad@acme.example")
    html, _ = mentioned('@bad <span class="tc-toast">x</span>', rules.by_handle([bad]))
    assert "@&lt;b onclick=x&gt;</span>" in html
    assert "tc-toast" not in html.replace("&quot;tc-toast", "").replace('"tc-toast', "")


@given(st.text(alphabet="@Ada LovelceKing\n*`[]().,'", max_size=80))
def test_whoever_is_found_was_looked_for(text):
    """A handle that a text's at sign names stands among those that are asked for beforehand."""
    asked = rules.handles(text)
    for at, sign in enumerate(text):
        if sign == "@" and (hit := rules.match(text, at, KNOWN)) is not None:
            assert text[at + 1 : hit[1]].split(), text
            assert " ".join(text[at + 1 : hit[1]].split()).lower() in asked


@given(st.text(max_size=200))
def test_any_text_can_be_read(text):
    assert len(rules.handles(text)) <= 12 * 50
    mentioned(text)


# ---------------------------------------------------------------------------------------------------- what waits for what


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20),
    st.integers(0, 6),
    st.sets(st.integers(0, 6)),
)
def test_a_cycle_is_found_exactly_when_there_is_one(edges, task, wanted):
    ids = [new_id() for _ in range(7)]
    waits: dict = {}
    for one, other in edges:
        waits.setdefault(ids[one], []).append(ids[other])
    waits.pop(ids[task], None)
    way = rules.on_cycle(waits, ids[task], [ids[n] for n in wanted])
    reached, ahead = set(), [ids[n] for n in wanted]
    while ahead:
        at = ahead.pop()
        if at not in reached:
            reached.add(at)
            ahead += waits.get(at, [])
    assert bool(way) == (ids[task] in reached)
    if way:
        assert way[0] in {ids[n] for n in wanted}
        assert way[-1] == ids[task]
        assert all(after in waits.get(before, []) for before, after in itertools.pairwise(way))
