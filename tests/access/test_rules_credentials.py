from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given, strategies as st

from tocsin.access import permissions, rules


def test_a_credential_parses_back_to_its_tenant_and_hash():
    tenant = uuid4()
    text, kept = rules.new_credential(tenant)
    assert rules.parse_credential(text) == (tenant, kept)
    assert text.startswith(f"tcs_{tenant.hex}_")
    assert kept not in text.encode()


@given(st.text())
def test_any_text_is_a_tenant_and_a_hash_or_nothing(text):
    parsed = rules.parse_credential(text)
    assert parsed is None or isinstance(parsed[0], UUID)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tcs_",
        "tcs_x';select 1;--_aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        f"tcs_{'0' * 31}g_{'a' * 43}",
        f"tcs_{'0' * 32}_short",
        f"tcs_{'0' * 32}_{'a' * 129}",
        f"abc_{'0' * 32}_{'a' * 43}",
        f"tcs_{{{'0' * 30}}}_{'a' * 43}",
    ],
)
def test_what_is_no_credential(text):
    assert rules.parse_credential(text) is None


@given(st.sets(st.sampled_from(permissions.ALL)), st.none() | st.sets(st.sampled_from(permissions.ALL)))
def test_narrowing_only_takes_away(held, narrowed):
    effective = rules.effective_permissions(held, narrowed)
    assert effective <= held
    assert narrowed is None or effective <= narrowed


@given(st.sets(st.sampled_from(permissions.ALL)), st.sets(st.sampled_from(permissions.ALL)))
def test_missing_is_what_is_granted_but_not_held(granted, held):
    assert set(rules.missing(granted, frozenset(held))) == granted - held


@pytest.mark.parametrize(
    "host, expected",
    [
        ("127.0.0.1:8420", True),
        ("127.0.0.1", True),
        ("localhost:8420", True),
        ("localhost", True),
        ("[::1]:8420", True),
        ("[::1]", True),
        ("acme.localhost:1", True),
        ("127.example.com", False),
        ("help.example.com", False),
        ("10.0.0.1:8420", False),
        ("", False),
    ],
)
def test_loopback(host, expected):
    assert rules.is_loopback(host) is expected


def test_like_takes_wildcards_literally():
    assert rules.like_pattern("50%_\\") == "%50\\%\\_\\\\%"


@pytest.mark.parametrize("password", ["short", "", "aaaaaaaaaaaa", "x" * 257])
def test_unfit_passwords(password):
    assert rules.password_flaw(password)


def test_a_password_chosen_by_a_tenant_opens_that_tenant_alone():
    mine, other = uuid4(), uuid4()
    assert rules.opens(None, mine)
    assert rules.opens(mine, mine)
    assert not rules.opens(other, mine)


def test_every_permission_is_described():
    assert set(permissions.DESCRIPTIONS) == set(permissions.ALL)
