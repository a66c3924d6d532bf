"""Pure decisions: names and types of files, a task's life, the order of tasks."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.message import Message
from urllib.parse import unquote
from uuid import uuid4

import pytest
from hypothesis import given, strategies as st

from tocsin.collaboration import rules

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    "given, shown",
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/x", "x"),
        ("..\\..\\x.txt", "x.txt"),
        ("C:\\Users\\me\\a b.doc", "a b.doc"),
        ("%2e%2e%2fx", "%2e%2e%2fx"),
        ("..", "file"),
        (".", "file"),
        ("", "file"),
        ("   ", "file"),
        ("a/", "a"),
        ("///", "file"),
        (".htaccess", ".htaccess"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie: x=1.txt"),
        ("a\x00.png", "a.png"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("  two   spaces.txt ", "two spaces.txt"),
        ("Übersicht €.txt", "Übersicht €.txt"),
        ("e\u0301.txt", "é.txt"),
    ],
)
def test_display_name(given, shown):
    assert rules.display_name(given) == shown


def test_long_names_keep_their_extension():
    name = rules.display_name("x" * 300 + ".pdf")
    assert len(name) == 255
    assert name.endswith("x.pdf")
    assert len(rules.display_name("y" * 300)) == 255
    assert len(rules.display_name("a." + "y" * 300)) == 255


@given(st.text(max_size=400))
def test_any_name_is_one_short_line_without_a_path(text):
    name = rules.display_name(text)
    assert 1 <= len(name) <= 255
    assert "/" not in name
    assert "\\" not in name
    assert name not in (".", "..")
    assert not re.search(r"[\x00-\x1f\x7f\u202a-\u202e\ud800-\udfff]", name)


@given(st.text(min_size=1, max_size=300))
def test_the_download_header_is_ascii_and_gives_the_name_back(text):
    name = rules.display_name(text)
    header = rules.content_disposition(name)
    assert header.isascii()
    assert header.isprintable()
    start, _, extended = header.rpartition("filename*=UTF-8''")
    assert start.count('"') == 2
    assert ";" not in extended
    assert unquote(extended) == name
    message = Message()
    message["Content-Disposition"] = header
    assert message.get_content_disposition() == "attachment"


@pytest.mark.parametrize(
    "sniffed, declared, head, kept",
    [
        ("image/png", "text/html", PNG, "image/png"),
        (None, "text/plain; charset=utf-8", b"hello", "text/plain"),
        (None, "TEXT/CSV", "a;ü".encode(), "text/csv"),
        (None, "text/plain", "a" * 10 + "ü"[:0], "text/plain"),
        (None, "text/plain", "aü".encode()[:-1], "text/plain"),
        (None, "text/plain", b"\x00\x01", rules.UNKNOWN_TYPE),
        (None, "text/plain", b"\xff\xfe\xfd\xfc\xfb", rules.UNKNOWN_TYPE),
        (None, "text/html", b"<script>", rules.UNKNOWN_TYPE),
        (None, "image/svg+xml", b"<svg/>", rules.UNKNOWN_TYPE),
        (None, "application/xml", b"<x/>", rules.UNKNOWN_TYPE),
        (None, "image/png", b"not one", rules.UNKNOWN_TYPE),
        (None, "x\r\ny: z", b"a", rules.UNKNOWN_TYPE),
        (None, "", b"a", rules.UNKNOWN_TYPE),
    ],
)
def test_kept_type(sniffed, declared, head, kept):
    assert rules.kept_type(sniffed, declared, head if isinstance(head, bytes) else head.encode()) == kept


def test_completed_at():
    earlier = NOW - timedelta(hours=1)
    assert rules.completed_at("done", None, NOW) == NOW
    assert rules.completed_at("done", earlier, NOW) == earlier
    for status in ("open", "in_progress", "cancelled"):
        assert rules.completed_at(status, earlier, NOW) is None


@given(st.permutations(range(5)))
def test_every_permutation_is_an_order(places):
    tasks = [uuid4() for _ in places]
    assert rules.refuse_order(tasks, [tasks[place] for place in places]) is None


def test_refused_orders():
    a, b, c = uuid4(), uuid4(), uuid4()
    assert "no such task" in (rules.refuse_order([a, b], [a, b, c]) or "")
    assert "once" in (rules.refuse_order([a, b], [a, b, a]) or "")
    assert "every" in (rules.refuse_order([a, b], [a]) or "")
    assert rules.refuse_order([], []) is None


def test_paths_are_ours_alone():
    tenant, file = uuid4(), uuid4()
    assert rules.object_path(tenant, file, NOW) == f"{tenant}/2026/{file}"
