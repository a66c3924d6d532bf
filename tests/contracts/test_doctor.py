"""The proofs that tenants are sealed off, on the database that the suites have filled: every one must find nothing."""

from __future__ import annotations

import pytest

from tocsin.db.doctor import CHECKS, examine

pytestmark = pytest.mark.contract


def test_the_proofs_are_all_there():
    assert len(CHECKS) >= 12


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name.replace(" ", "-"))
async def test_proof_finds_nothing(check, server, worlds):
    (finding,) = await examine(server.urls, [check])
    assert not finding.skipped
    assert finding.rows == [], f"{check.why}: {finding.rows}"
