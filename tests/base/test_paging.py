from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tocsin.base.errors import Invalid
from tocsin.base.paging import decode_cursor, encode_cursor, page_of

pytestmark = pytest.mark.pure


def page(entries, **options):
    options = {"limit": 3, "cursor": None} | options
    return page_of(entries, lambda n: (n, str(n)), tuple[int, str], "numbers", **options)


@given(st.sets(st.integers(0, 1000), max_size=20), st.integers(1, 7), st.booleans())
def test_pages_make_the_whole_list(numbers, limit, descending):
    found, cursor = [], None
    while True:
        shown = page(numbers, limit=limit, cursor=cursor, descending=descending)
        assert len(shown.items) <= limit
        found += shown.items
        cursor = shown.next_cursor
        if cursor is None:
            break
    assert found == sorted(numbers, reverse=descending)


def test_an_entry_that_went_meanwhile_loses_no_other():
    cursor = page({1, 2, 3, 4, 5}).next_cursor
    assert page({1, 2, 4, 5}, cursor=cursor).items == [4, 5]


def test_a_cursor_belongs_to_its_list():
    cursor = encode_cursor("letters", (1, "1"))
    with pytest.raises(Invalid):
        page({1, 2}, cursor=cursor)
    assert decode_cursor(cursor, "letters", tuple[int, str]) == (1, "1")


@pytest.mark.parametrize("limit", [0, 201, -1])
def test_a_page_holds_1_to_200(limit):
    with pytest.raises(Invalid):
        page({1}, limit=limit)


@pytest.mark.parametrize("more", ["=", "==", "A", " ", "\n"])
def test_a_cursor_has_one_form(more):
    cursor = encode_cursor("numbers", (7, "7"))
    assert decode_cursor(cursor, "numbers", tuple[int, str]) == (7, "7")
    with pytest.raises(Invalid):
        decode_cursor(cursor + more, "numbers", tuple[int, str])
