"""What stands in pages: texts of the console are trusted, other people's are not."""

from __future__ import annotations

from tocsin.web.pages import _environment


def test_a_message_that_is_no_constant_is_escaped():
    page = _environment("de").from_string(
        "{{ _(name) }} {{ _('Queue') }} {{ _('%(code)s to %(name)s', code=1, name=name) }}"
    )
    shown = page.render(name="<b>me</b>")
    assert "<b>" not in shown
    assert "Warteschlange" in shown
    assert shown.endswith("1 an &lt;b&gt;me&lt;/b&gt;")
