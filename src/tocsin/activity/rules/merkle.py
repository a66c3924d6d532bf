"""Merkle trees as in RFC 6962 section 2.1: leaves and nodes are hashed apart, so that none passes for the other."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence


def leaf(stream: bytes, seq: int, hash_: bytes) -> bytes:
    """The leaf of a chain's head: the stream (16 bytes), the number and the hash of its last event."""
    return hashlib.sha256(b"\x00" + stream + seq.to_bytes(8, "big") + hash_).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Root:
    """The root over leaves given one by one, in memory that grows with their number's logarithm."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []

    def add(self, item: bytes) -> None:
        """Append a leaf."""
        self.size += 1
        width = 1
        while self._peaks and self._peaks[-1][0] == width:
            item = node(self._peaks.pop()[1], item)
            width *= 2
        self._peaks.append((width, item))

    def value(self) -> bytes:
        """The root so far."""
        if not self._peaks:
            return hashlib.sha256().digest()
        found = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            found = node(peak, found)
        return found


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from a leaf to the root, the nearest first."""
    found, level = [], list(leaves)
    while len(level) > 1:
        if (beside := index ^ 1) < len(level):
            found.append(level[beside])
        level = _above(level)
        index >>= 1
    return found


def _above(level: Sequence[bytes]) -> list[bytes]:
    pairs = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return [*pairs, level[-1]] if len(level) % 2 else pairs


def climb(item: bytes, index: int, size: int, steps: Sequence[bytes]) -> bytes | None:
    """The root that a leaf's path leads to, or None where the path does not fit the tree (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    left, last = iter(steps), size - 1
    found = item
    while last:
        if index % 2 or index != last:
            step = next(left, None)
            if step is None:
                return None
            found = node(step, found) if index % 2 else node(found, step)
        index, last = index >> 1, last >> 1
    return found if next(left, None) is None else None


class Heads:
    """The heads of all chains as they move on, and the root over them at any moment, from what has changed since the last.

    Leaves stand in the order of their streams. Streams are UUIDv7s, so new ones come at the end or nearly there.
    """

    def __init__(self) -> None:
        self._streams: list[bytes] = []
        self._places: dict[bytes, int] = {}
        self._levels: list[list[bytes]] = [[]]
        self._moved: dict[bytes, tuple[int, bytes]] = {}

    def move(self, stream: bytes, seq: int, hash_: bytes) -> None:
        """A stream has a new last event."""
        self._moved[stream] = (seq, hash_)

    def root(self) -> tuple[int, bytes]:
        """How many heads there are, and the root over them."""
        changed = self._settle()
        depth = 0
        while len(level := self._levels[depth]) > 1:
            depth += 1
            if depth == len(self._levels):
                self._levels.append([])
            above, width = self._levels[depth], (len(level) + 1) // 2
            above.extend([b""] * (width - len(above)))
            changed = sorted({at >> 1 for at in changed})
            for at in changed:
                both = level[2 * at : 2 * at + 2]
                above[at] = node(*both) if len(both) == 2 else both[0]
        return len(self._streams), self._levels[depth][0] if self._streams else hashlib.sha256().digest()

    def _settle(self) -> Iterable[int]:
        """Put the moved heads where they belong; the places whose leaves are others now."""
        leaves = self._levels[0]
        fresh = sorted(stream for stream in self._moved if stream not in self._places)
        known = [stream for stream in self._moved if stream in self._places]
        for stream in known:
            leaves[self._places[stream]] = leaf(stream, *self._moved[stream])
        changed = {self._places[stream] for stream in known}
        if fresh:
            first = bisect_left(self._streams, fresh[0])
            behind = dict(zip(self._streams[first:], leaves[first:], strict=True))
            behind |= {stream: leaf(stream, *self._moved[stream]) for stream in fresh}
            self._streams[first:] = sorted(behind)
            leaves[first:] = [behind[stream] for stream in self._streams[first:]]
            self._places.update({stream: first + at for at, stream in enumerate(self._streams[first:])})
            changed |= set(range(first, len(leaves)))
        self._moved.clear()
        return changed
