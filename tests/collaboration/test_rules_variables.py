"""Texts with variables."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import example, given, strategies as st

from tocsin.base import markup
from tocsin.base.errors import BadValue
from tocsin.collaboration import rules


def test_variables_are_filled_in_and_what_has_no_value_is_a_dash():
    text = "{{incident.reference}} {{ me.name }} {{incident.team}} { {x}} {{{me.name}}}"
    found = rules.fill(text, {"incident.reference": "INC-1", "me.name": "A*b"}, markdown=False)
    assert found == "INC-1 A*b – { {x}} {A*b}"


@pytest.mark.parametrize("text", ["{{x}}", "{{}}", "{{ incident }}", "{{incident.title.x}}", "{{Incident.title}}"])
def test_unknown_ones_are_refused(text):
    with pytest.raises(BadValue, match=r"incident\.reference"):
        rules.check_variables(text)


def test_every_variable_can_be_used():
    rules.check_variables(" ".join(f"{{{{{name}}}}}" for name in rules.VARIABLES))


@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029"))
)
@example("\r")
def test_a_value_reads_to_the_letter_in_markdown(value):
    """Whatever stands in a title, the HTML shows just that: no link, no emphasis, no heading, no mention."""
    line = " ".join(value.split())
    html, named = markup.render_naming(
        rules.fill("{{incident.title}}", {"incident.title": value}, markdown=True), lambda _text, at: ("x", at + 1, "x")
    )
    assert named == []
    body = re.fullmatch(r"<p>(.*)</p>\n", html, re.DOTALL)
    assert body is not None, html
    assert unescape(body[1]).replace("\ufffd", "") == (line or "–").replace("\ufffd", "")


@given(st.text(max_size=60), st.dictionaries(st.sampled_from(rules.VARIABLES), st.text(max_size=20)))
def test_what_stands_around_stays(text, values):
    plain = text.replace("{", "").replace("}", "")
    assert rules.fill(plain, values, markdown=True) == plain
