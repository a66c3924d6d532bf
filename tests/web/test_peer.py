from __future__ import annotations

from types import SimpleNamespace

import pytest

from tocsin.web.peer import peer_address, peer_group


def request(host, forwarded=None):
    headers = {"x-forwarded-for": forwarded} if forwarded is not None else {}
    return SimpleNamespace(client=SimpleNamespace(host=host) if host else None, headers=headers)


@pytest.mark.parametrize(
    "host, forwarded, trusted, expected",
    [
        ("1.2.3.4", None, "", "1.2.3.4"),
        (None, "9.9.9.9", "10.0.0.1", "unknown"),
        ("1.2.3.4", "9.9.9.9", "", "1.2.3.4"),
        ("1.2.3.4", "9.9.9.9", "10.0.0.1", "1.2.3.4"),
        ("10.0.0.1", "9.9.9.9", "10.0.0.1", "9.9.9.9"),
        ("10.0.0.1", "6.6.6.6, 9.9.9.9", "10.0.0.1", "9.9.9.9"),
        ("10.0.0.1", "6.6.6.6, 9.9.9.9, 10.0.0.2", "10.0.0.1, 10.0.0.2", "9.9.9.9"),
        ("10.0.0.1", "rubbish", "10.0.0.1", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1", "10.0.0.1"),
    ],
)
def test_only_what_trusted_proxies_wrote_is_believed(host, forwarded, trusted, expected):
    assert peer_address(request(host, forwarded), trusted) == expected


@pytest.mark.parametrize(
    "address, expected",
    [("1.2.3.4", "1.2.3.4"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("unknown", "unknown")],
)
def test_limits_count_an_ipv6_subscriber_once(address, expected):
    assert peer_group(address) == expected
