"""Pure decisions of the record: `chain` (events linked by hashes), `merkle`, `anchors`, `proofs`, `nights`."""

from tocsin.activity.rules import merkle
from tocsin.activity.rules.anchors import Anchor, Unfit, Verifier, check_row, fingerprint, key_id, statement
from tocsin.activity.rules.chain import START, Broken, Chain, Link, canonical, commitment, digest, link, verify
from tocsin.activity.rules.nights import next_night
from tocsin.activity.rules.proofs import Proven, Unproven, check, write

__all__ = [
    "START",
    "Anchor",
    "Broken",
    "Chain",
    "Link",
    "Proven",
    "Unfit",
    "Unproven",
    "Verifier",
    "canonical",
    "check",
    "check_row",
    "commitment",
    "digest",
    "fingerprint",
    "key_id",
    "link",
    "merkle",
    "next_night",
    "statement",
    "verify",
    "write",
]
