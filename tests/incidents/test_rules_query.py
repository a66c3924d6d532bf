"""The query language by its text alone: what reads as what, what is refused where, and what holds for any text."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from tocsin.incidents.rules import query as language
from tocsin.incidents.rules.query import (
    Between,
    Beyond,
    Clause,
    Either,
    Query,
    QueryError,
    Value,
    Words,
    parse,
    spelling,
)

pytestmark = pytest.mark.pure

NOW = datetime(2026, 3, 29, 12, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")

pieces = st.sampled_from(
    [
        "status:",
        "-",
        '"',
        "\\",
        ",",
        "..",
        ">=",
        "<",
        "OR",
        " OR ",
        " ",
        "\t",
        "custom.",
        "custom.site:",
        "created:",
        "title:",
        "disk*",
        "*",
        "a",
        "é",
        "(",
        ":",
        "''",
        "\u2028",
        "tag:x",
        "-7d",
        "2026-01-31",
        "none",
        "\x00",
        "\ud800",
        "re:",
        "x:y",
    ]
)
texts = st.one_of(st.text(max_size=60), st.lists(pieces, max_size=25).map("".join))


def test_the_contracts_example():
    text = 'status:open priority:high,critical assignee:me team:network breached:true created:>2026-01-01 -tag:spam "disk full"'
    assert parse(text).terms == (
        Clause("status", (Value("open"),)),
        Clause("priority", (Value("high"), Value("critical"))),
        Clause("assignee", (Value("me"),)),
        Clause("team", (Value("network"),)),
        Clause("breached", (Value("true"),)),
        Clause("created", (Beyond(">", Value("2026-01-01")),)),
        Clause("tag", (Value("spam"),), is_negated=True),
        Words("disk full", "phrase"),
    )
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("  \n ", ()),
        ("disk", (Words("disk"),)),
        ("disk*", (Words("disk", "prefix"),)),
        ("-disk", (Words("disk", is_negated=True),)),
        ('-"disk full"', (Words("disk full", "phrase", True),)),
        ('"a \\"b\\" \\\\ c"', (Words('a "b" \\ c', "phrase"),)),
        ("INC-000123", (Words("INC-000123"),)),
        ("10:30", (Words("10:30"),)),
        ("Re: printer", (Words("Re:"), Words("printer"))),
        ("VPN - down", (Words("VPN"), Words("-"), Words("down"))),
        ('24" monitor', (Words('24"'), Words("monitor"))),
        ("disk OR drive OR ssd full", (Either((Words("disk"), Words("drive"), Words("ssd"))), Words("full"))),
        ("Owner:me", (Clause("assignee", (Value("me"),)),)),
        ("next-due:<now", (Clause("next_due", (Beyond("<", Value("now")),)),)),
        ('team:"a, b",c', (Clause("team", (Value("a, b", True), Value("c"))),)),
        ("progress:10..20", (Clause("progress", (Between(Value("10"), Value("20")),)),)),
        ("due:..2026-02-01", (Clause("due", (Between(None, Value("2026-02-01")),)),)),
        ("custom.site:berlin", (Clause("custom", (Value("berlin"),), "site"),)),
    ],
)
def test_reads(text, terms):
    assert parse(text).terms == terms


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ('"disk', 0),
        ('x "disk', 2),
        ("status:", 7),
        ("a status: b", 9),
        ("status:open,", 12),
        ("priority:high,,low", 14),
        ('status:"open"x', 13),
        ('"disk"full', 6),
        ("statsu:open", 0),
        ("a  x:y", 3),
        ("-x:y", 1),
        ("http://example.org", 0),
        ("status:>open", 7),
        ("OR disk", 0),
        ("disk OR", 5),
        ("disk OR status:open", 8),
        ("disk OR OR drive", 5),
        ("di*k", 2),
        ("*disk", 0),
        ("a*", 0),
        ("-", 0),
        ("???  !!", 0),
        ("custom:x", 0),
        ("due:..", 4),
        ("a\x00b", 1),
        ("a\ud800", 1),
        ("word " * 21, 100),
        ("x" * 501, 200),
        ("x " * 2000, 2000),
        ('title:" "', 6),
    ],
)
def test_refuses_where(text, position):
    with pytest.raises(QueryError) as refused:
        parse(text)
    assert refused.value.position == position, str(refused.value)
    assert refused.value.hint
    assert "{" not in str(refused.value) + refused.value.hint


def test_suggests_what_was_meant():
    with pytest.raises(QueryError) as refused:
        parse("statsu:open")
    assert "status" in refused.value.hint


@given(texts)
def test_no_other_error_than_the_syntax_problem_and_what_reads_reads_back(text):
    try:
        found = parse(text)
    except QueryError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017  a text may as well be right
        assert error.hint  # noqa: PT017
        return
    again = str(found)
    assert parse(again) == found
    assert str(parse(again)) == again


names = st.sampled_from(["status", "tag", "org", "source"])
bare = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8).filter(lambda text: text != "OR")
values = st.one_of(
    bare.map(Value),
    st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1)
    .filter(str.strip)
    .map(lambda t: Value(t, True)),
)
terms = st.one_of(
    st.builds(Clause, names, st.lists(values, min_size=1, max_size=3).map(tuple), st.none(), st.booleans()),
    st.builds(Words, bare, st.just("word"), st.booleans()),
    st.builds(Words, bare.map(lambda text: f"ab{text}"), st.just("prefix"), st.booleans()),
    st.builds(Words, st.text(st.characters(exclude_categories=["C"]), max_size=20), st.just("phrase"), st.booleans()),
    st.lists(bare.map(Words), min_size=2, max_size=3).map(lambda options: Either(tuple(options))),
)


@given(st.lists(terms, max_size=5))
def test_what_is_written_from_a_tree_reads_as_that_tree(found):
    wanted = Query((*found, Words("end")))
    assert parse(str(wanted)) == wanted


@pytest.mark.parametrize(
    "evil",
    [
        '"' * 2000,
        "-" * 2000,
        "\\" * 2000,
        "a-" * 1000,
        "custom." * 285,
        "OR " * 660,
        " " * 1999 + "x",
        "a:" * 1000,
        "." * 2000,
        "status:" + "," * 1990,
        '"' + "\\\\" * 990,
        "x" + "." * 1998,
        "<=" * 1000,
        "created:" + ".." * 900,
    ],
)
def test_hostile_texts_take_no_longer_than_their_length(evil):
    """Twenty times the length at most some twenty times the work: bounded here by a generous second for 200 readings."""
    began = time.process_time()
    for _ in range(200):
        with contextlib.suppress(QueryError):
            parse(evil)
    assert time.process_time() - began < 1


# ---------------------------------------------------------------------------------------------------------------- times


def at(text: str) -> language.Stretch:
    clause = next(iter(parse(f"created:{text}").clauses))
    return language.stretch(clause.values[0], NOW, BERLIN)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, micro: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, micro, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2026-01-31", utc(2026, 1, 30, 23), utc(2026, 1, 31, 23)),
        (">2026-01-31", utc(2026, 1, 31, 23), None),
        (">=2026-01-31", utc(2026, 1, 30, 23), None),
        ("<2026-01-31", None, utc(2026, 1, 30, 23)),
        ("<=2026-01-31", None, utc(2026, 1, 31, 23)),
        ("2026-01..2026-02", utc(2025, 12, 31, 23), utc(2026, 2, 28, 23)),
        ("2025", utc(2024, 12, 31, 23), utc(2025, 12, 31, 23)),
        ("today", utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)),
        ("this-week", utc(2026, 3, 22, 23), utc(2026, 3, 29, 22)),
        ("last-month", utc(2026, 1, 31, 23), utc(2026, 2, 28, 23)),
        (">=-7d", NOW - timedelta(days=7), None),
        ("<+90min", None, NOW + timedelta(minutes=90)),
        ("2026-01-31T10:00", utc(2026, 1, 31, 9), utc(2026, 1, 31, 9, 1)),
        ("2026-01-31T10:00:00Z", utc(2026, 1, 31, 10), utc(2026, 1, 31, 10, 0, 1)),
        (">2026-01-31T10:00:00.5+01:00", utc(2026, 1, 31, 9, 0, 0, 500001), None),
    ],
)
def test_times(text, since, until):
    assert at(text) == (since, until)


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-02-30", "soon", "7d", "1900", "9999", "-99999w", "2026-01-31T25:00", "..x", ">"]
)
def test_times_that_are_none(text):
    with pytest.raises((ValueError, QueryError)):
        at(text)


@given(st.text(max_size=20))
def test_any_text_is_a_time_or_a_value_error(text):
    try:
        low, high = language.stretch(Value(text), NOW, BERLIN)
    except ValueError as error:
        assert isinstance(error.args[0], Value)  # noqa: PT017  it may as well be one
    else:
        assert low is not None
        assert high is not None
        assert low < high


# ---------------------------------------------------------------------------------------------------------------- words


def test_what_the_full_text_is_asked():
    found = language.sought(parse('disk OR "it\'s full" ab* \\x -title:"vpn down",net* - end'))
    assert [(one.wanted, one.words, one.plain) for one in found] == [
        (True, ("'disk'",), ("'it''s full'",)),
        (True, (), ("'ab':*",)),
        (True, ("'\\\\x'",), ()),
        (True, ("'end'",), ()),
        (False, (), ("'vpn down':A", "'net':*A")),
    ]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("12", ("'-000012'", "'000012'")),
        ("#0012", ("'-000012'", "'000012'")),
        ("000012", ("'-000012'",)),
        ("inc12", ("'INC-000012'",)),
        ("INC-12", ("'INC-000012'",)),
        ("inc-000012", ()),
        ("win10", ()),
        ("-12", ("'-000012'", "'000012'")),
        ('"12"', ("'12'",)),
        ("0", ()),
        ("1234567890", ()),
    ],
)
def test_a_word_may_be_a_reference(text, plain):
    assert language.sought(parse(text), "INC-")[0].plain == plain


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("12", 12),
        ("#000012", 12),
        ("sup-7", "SUP-000007"),
        ("it2-7", "IT2-000007"),
        ("INC1234567", "INC-1234567"),
        ("a b", "A B"),
    ],
)
def test_what_reference_is_meant(text, meant):
    assert language.meant_reference(text) == meant


@pytest.mark.parametrize("text", [r'"\a\b"', r'"a\\"', r'"\\\a"', r'title:"\"\\"', r'"\\\\a"'])
def test_quoting_makes_nothing_longer(text):
    again = str(parse(text))
    assert len(again) <= len(text)
    assert parse(again) == parse(text)


def test_joined_words_are_also_looked_for_in_their_pieces():
    found = language.sought(parse('disk/raid acme.exam* "a/b c" title:x@y.org 3.14 end. -a:b.c'.replace("a:b", "a/b")))
    assert [one.plain for one in found] == [
        ("'disk raid'",),
        ("'acme.exam':*", "'acme exam':*"),
        ("'a/b c'",),
        (),
        (),
        ("'a b c'",),
        ("'x y org':A",),
    ]


# ------------------------------------------------------------------------------------------------------------- spelling

letters = st.text("abcd", max_size=7)


@given(letters, letters, letters)
def test_slips_are_a_distance(one, two, three):
    assert spelling.slips(one, two) == spelling.slips(two, one)
    assert (spelling.slips(one, two) == 0) == (one == two)
    assert abs(len(one) - len(two)) <= spelling.slips(one, two) <= max(len(one), len(two))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(("netwrok", "network"), ("prnter", "printer"), ("printerr", "printer"), ("rpinter", "printer")),
        *(("disc", "disk"), ("xylophone", None), ("dusc", None)),
    ],
)
def test_what_was_meant(typed, meant):
    known = [("network", 3), ("networks", 1), ("printer", 1), ("printed", 9), ("disk", 2)]
    assert spelling.meant(typed, known) == meant


# ----------------------------------------------------------------------------------------------------------- completion


@pytest.mark.parametrize(
    ("text", "start", "typed", "field", "part"),
    [
        ("sta", 0, "sta", None, None),
        ("disk -sta", 6, "sta", None, None),
        ("status:", 7, "", "status", None),
        ("status:op", 7, "op", "status", None),
        ("-status:open,tri", 13, "tri", "status", None),
        ("created:>=-7", 10, "-7", "created", None),
        ("created:2026-01-01..to", 20, "to", "created", None),
        ("custom.si", 0, "custom.si", "custom", "si"),
        ("custom.site:ber", 12, "ber", "custom", "site"),
        ('org:"Acme L', 4, "Acme L", "org", None),
    ],
)
def test_where_somebody_stands(text, start, typed, field, part):
    found = language.spot(text, len(text))
    assert found is not None
    assert (found.start, found.typed, found.field.name if found.field else None, found.part) == (
        start,
        typed,
        field,
        part,
    )


@pytest.mark.parametrize("text", ["", "disk ", '"sta', "x:y", "custom:x", "12", "status.x:"])
def test_where_nothing_is_completed(text):
    assert language.spot(text, len(text)) is None


@given(texts, st.integers(-3, 70))
def test_every_spot_lies_before_the_cursor(text, at):
    found = language.spot(text, at)
    if found is not None:
        assert 0 <= found.start <= min(max(at, 0), len(text))
