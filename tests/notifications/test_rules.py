from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from uuid import uuid4

import pytest
from hypothesis import given, strategies as st

from tocsin.notifications import rules

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_waits_grow_and_end():
    waits = []
    for attempts in range(1, rules.MAX_ATTEMPTS):
        again = rules.next_attempt(attempts, NOW)
        assert again is not None
        waits.append(again - NOW)
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=1)
    assert rules.next_attempt(rules.MAX_ATTEMPTS, NOW) is None


@given(st.text())
def test_nothing_breaks_out_of_a_line(text):
    line = rules.one_line(text)
    assert len(line.splitlines()) <= 1
    assert len(line) <= rules.SUBJECT_LENGTH
    line.encode()


@given(st.text())
def test_a_body_can_be_sent(text):
    body = rules.plain_body(text)
    body.encode()
    assert "\r" not in body
    assert "\x00" not in body


@pytest.mark.parametrize("text", ["a@example.com", "A.B+c@sub.example.com", "ü@exämple.de", "o'hara@example.com"])
def test_addresses(text):
    assert rules.is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            None,
            "",
            "a",
            "a@",
            "@b",
            "a b@example.com",
            "a@example.com, b@example.com",
            "a@example.com\nBcc: x@example.com",
        ),
        *("<a@example.com>", "a@b@c", "a..b@example.com", "x" * 65 + "@example.com", "a@" + "b" * 300),
    ],
)
def test_no_addresses(text):
    assert not rules.is_address(text)


@pytest.mark.parametrize(
    ("text", "number"), [("+49 30 123456", "+4930123456"), ("(030) 12-34", None), ("0301234", "0301234")]
)
def test_telephone_numbers(text, number):
    assert rules.is_phone(text) is (number is not None)
    if number:
        assert rules.phone_number(text) == number


@pytest.mark.parametrize("text", ["", None, "12", "call me", "123456?to=1", "1" * 30])
def test_no_telephone_numbers(text):
    assert not rules.is_phone(text)


def test_headers_that_are_ours_cannot_be_given():
    given_headers = {
        "Bcc": "x@example.com",
        "from": "x",
        "Content-Type": "text/html",
        "Message-ID": "<1>",
        "X-A\r\nBcc": "1",
        "References": "<a@b>\r\nBcc: x@example.com",
    }
    assert rules.extra_headers(given_headers) == {"References": "<a@b> Bcc: x@example.com"}


def test_ids_are_stable():
    delivery = uuid4()
    assert rules.message_id(delivery, "example.com") == f"<{delivery}@example.com>"
    assert rules.domain_of("Tocsin <tocsin@Example.com>") == "example.com"
    assert rules.domain_of("nobody") == "localhost"


def test_smtp_urls():
    server = rules.parse_smtp_url("smtp://us%40er:p%3Aw@mail.example.com")
    assert (server.host, server.port, server.user, server.password) == ("mail.example.com", 587, "us@er", "p:w")
    assert server.starttls is True
    assert not server.tls
    assert rules.parse_smtp_url("smtp://127.0.0.1:2525").starttls is None
    assert rules.parse_smtp_url("smtp://u:p@localhost").starttls is None
    assert rules.parse_smtp_url("smtp://u:p@mail.example.com?starttls=off").starttls is False
    tls = rules.parse_smtp_url("smtps://mail.example.com?verify=off")
    assert (tls.port, tls.tls, tls.verify, tls.starttls) == (465, True, False, False)


@pytest.mark.parametrize("url", ["smtp://", "http://x", "smtp://x?tls=1", "smtp://x?starttls=maybe", "smtp://x:port"])
def test_bad_smtp_urls(url):
    with pytest.raises(ValueError, match=r".+"):
        rules.parse_smtp_url(url)


@given(st.ip_addresses(v=4), st.sampled_from(("::ffff:0:0", "2002::", "64:ff9b::")))
def test_an_address_within_another_counts_as_itself(ip, prefix):
    base = int(IPv6Address(prefix))
    carried = IPv6Address(base | (int(ip) << 80 if prefix == "2002::" else int(ip)))
    allowed = rules.may_connect(str(ip), loopback=False)
    assert rules.may_connect(str(carried), loopback=False) is allowed
    assert not allowed or IPv4Address(ip).is_global


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.0.0.1",
            "172.16.9.9",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *(
            "255.255.255.255",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fe80::1%eth0",
            "fd00:ec2::254",
            "ff02::1",
            "::7f00:1",
        ),
        *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "nobody"),
    ],
)
def test_addresses_inside_of_networks(address):
    assert not rules.may_connect(address, loopback=False)


def test_public_addresses_and_this_machine_where_it_is_permitted():
    assert rules.may_connect("93.184.215.14", loopback=False)
    assert rules.may_connect("2606:2800:21f:cb07:6820:80da:af6b:8b2c", loopback=False)
    assert all(rules.may_connect(each, loopback=True) for each in ("127.0.0.1", "::1", "::ffff:127.0.0.1"))
    assert not any(rules.may_connect(each, loopback=True) for each in ("10.0.0.1", "fe80::1", "0.0.0.0"))


def test_links_need_an_address_that_others_reach():
    assert "TOCSIN_PUBLIC_URL is not set" in (rules.missing_links(None) or "")
    assert "this machine alone" in (rules.missing_links("http://127.0.0.1:8420") or "")
    assert rules.missing_links("https://tocsin.example") is None
