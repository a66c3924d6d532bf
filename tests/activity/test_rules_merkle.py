"""Merkle trees against the definition of RFC 6962, and paths that prove what stands in the tree and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from hypothesis import given, settings, strategies as st

from tocsin.activity.rules import merkle

LEAVES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70, unique=True)
FEW = settings(max_examples=60, deadline=None)


def by_definition(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, over hashed leaves."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    both = by_definition(leaves[:split]) + by_definition(leaves[split:])
    return hashlib.sha256(b"\x01" + both).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    found = merkle.Root()
    for leaf in leaves:
        found.add(leaf)
    assert found.size == len(leaves)
    return found.value()


def test_the_published_vectors() -> None:
    """RFC 6962 trees over the inputs of the certificate-transparency project's own tests."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    leaves = [hashlib.sha256(b"\x00" + bytes.fromhex(text)).digest() for text in inputs]
    assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root(leaves[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert root(leaves[:3]).hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert root(leaves).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@FEW
@given(LEAVES)
def test_the_root_is_as_defined(leaves: list[bytes]) -> None:
    assert root(leaves) == by_definition(leaves)


@FEW
@given(LEAVES, st.data())
def test_a_path_leads_to_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    steps = merkle.path(leaves, index)
    assert merkle.climb(leaves[index], index, len(leaves), steps) == root(leaves)


@FEW
@given(LEAVES, st.data())
def test_no_other_leaf_place_or_path_does(leaves: list[bytes], data: st.DataObject) -> None:
    index, size = data.draw(st.integers(0, len(leaves) - 1)), len(leaves)
    steps, wanted = merkle.path(leaves, index), root(leaves)
    other = data.draw(st.integers(-1, 2 * size).filter(lambda n: n != index))
    assert merkle.climb(leaves[index], other, size, steps) != wanted
    assert merkle.climb(hashlib.sha256(leaves[index]).digest(), index, size, steps) != wanted
    assert merkle.climb(leaves[index], index, size, [*steps, wanted]) is None
    if steps:
        at = data.draw(st.integers(0, len(steps) - 1))
        assert merkle.climb(leaves[index], index, size, steps[:at] + steps[at + 1 :]) != wanted
        forged = [*steps[:at], hashlib.sha256(steps[at]).digest(), *steps[at + 1 :]]
        assert merkle.climb(leaves[index], index, size, forged) != wanted


def test_a_node_does_not_pass_for_a_leaf() -> None:
    """Without the domains of RFC 6962 a tree of two would have the root of a tree of one."""
    stream, hash_ = bytes(16), bytes(32)
    one, two = merkle.leaf(stream, 1, hash_), merkle.leaf(stream, 2, hash_)
    assert merkle.node(one, two) != hashlib.sha256(one + two).digest() != merkle.leaf(one[:16], 1, two)
    assert (
        len({merkle.leaf(stream, 1, hash_), merkle.leaf(stream, 256, hash_), merkle.leaf(b"\x01" * 16, 1, hash_)}) == 3
    )


MOVES = st.lists(
    st.lists(st.tuples(st.integers(0, 40), st.binary(min_size=32, max_size=32)), max_size=8), min_size=1, max_size=8
)


@FEW
@given(MOVES)
def test_heads_that_move_on_have_the_root_of_a_tree_built_anew(rounds: list[list[tuple[int, bytes]]]) -> None:
    heads, known = merkle.Heads(), dict[bytes, tuple[int, bytes]]()
    for moves in rounds:
        for number, hash_ in moves:
            stream = number.to_bytes(16, "big")
            known[stream] = (known.get(stream, (0, b""))[0] + 1, hash_)
            heads.move(stream, *known[stream])
        assert heads.root() == (len(known), root([merkle.leaf(stream, *known[stream]) for stream in sorted(known)]))
